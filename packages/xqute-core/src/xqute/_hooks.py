"""The hooks that plugins implement: names, arguments, and when each is called.

Each hook is declared once, here; whatever else must be known of it is derived from `SPECS`. All of
a job's hooks are called in the order of its states, each at most once in an attempt, and one after
the other; those of different jobs may overlap. What a hook raises harms no job: it is logged with
the plugin's name, and raised at the end of `Xqute.run_until_complete`.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any, Final, NamedTuple, TypeVar

from simplug import Simplug

from xqute._consumer import Consumer
from xqute._job import Job
from xqute._scheduler import Scheduler
from xqute._status import JobStatus

#: The registry of hooks and plugins; plugins mark their implementations with `simplug.impl`.
simplug: Final = Simplug("xqute")

Function = TypeVar("Function", bound=Callable[..., Any])


class HookSpec(NamedTuple):
    """What is declared of a hook.

    Attributes:
        name: The name of the hook.
        arguments: The names of its arguments, in order.
        state: The state of a job that it is called for, None for a hook of another kind.
        before: The state that the job comes from, None for any.
        vetoes: Whether a result of False keeps what it tells of from happening. Such a hook is
            called before the move, any other after it.
    """

    name: str
    arguments: tuple[str, ...]
    state: JobStatus | None
    before: JobStatus | None
    vetoes: bool


#: All hooks, by name, in the order of their declarations.
SPECS: Final[dict[str, HookSpec]] = {}


def _hook(
    state: JobStatus | None = None, *, before: JobStatus | None = None, vetoes: bool = False
) -> Callable[[Function], Function]:
    """Declare a hook.

    Args:
        state: The state of a job that it is called for. Several hooks of one state are called in
            the order in which they are declared.
        before: Call it only for jobs that come from this state.
        vetoes: A result of False keeps what it tells of from happening; any other result is not
            used.
    """

    def declare(function: Function) -> Function:
        name = function.__name__
        SPECS[name] = HookSpec(name, tuple(signature(function).parameters), state, before, vetoes)
        # Plugins checks the forms of hooks, so simplug need not warn as well.
        simplug.spec(function, warn_sync_impl_on_async=False)
        return function

    return declare


@_hook()
async def on_init(scheduler: Scheduler) -> None:
    """Called when a run begins, before the first job is made."""


@_hook(vetoes=True)
async def on_shutdown(scheduler: Scheduler, consumer: Consumer) -> bool | None:
    """Called when a signal wants the run to end. False vetoes it, and the run goes on."""


@_hook(JobStatus.INIT)
async def on_job_init(scheduler: Scheduler, job: Job) -> None:
    """Called when a job was made, before it is queued."""


@_hook(JobStatus.QUEUED)
async def on_job_queued(scheduler: Scheduler, job: Job) -> None:
    """Called when a job waits for a slot."""


@_hook(JobStatus.SUBMITTED)
async def on_job_submitted(scheduler: Scheduler, job: Job) -> None:
    """Called when the scheduler has a job, and `job.uid` is known."""


@_hook(JobStatus.RUNNING)
async def on_job_running(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has started."""


@_hook(JobStatus.RETRYING)
async def on_job_retrying(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has failed and will be tried again."""


@_hook(JobStatus.KILLING, vetoes=True)
async def on_job_killing(scheduler: Scheduler, job: Job) -> bool | None:
    """Called when a submitted job is to be killed. False vetoes it, and the job goes on."""


@_hook(JobStatus.KILLED)
async def on_job_killed(scheduler: Scheduler, job: Job) -> None:
    """Called when a killed job has left the scheduler."""


@_hook(JobStatus.FAILED)
async def on_job_failed(scheduler: Scheduler, job: Job) -> None:
    """Called when an attempt has failed, and `job.failure` says why."""


@_hook(JobStatus.FINISHED)
async def on_job_succeeded(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has finished, in this run or (`job.resumed`) a former one."""


@_hook()
async def on_complete(scheduler: Scheduler) -> None:
    """Called when all jobs of a run are final."""


@_hook()
async def on_job_moved(scheduler: Scheduler, job: Job, before: JobStatus, after: JobStatus) -> None:
    """Called for every move of every job, right after it and before the hook of the new state.

    It is the one hook that tells of a job that was cancelled. It is called whether or not a plugin
    has the other hooks.
    """


#: The hooks of each state.
HOOKS_OF: Final = {
    state: tuple(spec for spec in SPECS.values() if spec.state is state) for state in JobStatus
}
