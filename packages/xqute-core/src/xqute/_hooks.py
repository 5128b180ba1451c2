"""The hooks that plugins implement: names, arguments, and when each is called.

Each hook is declared once, here, and everything else about it is derived from `SPECS`. All hooks
are called in the event loop. The hooks of one job are called one after the other, in the order of
its states, each at most once in an attempt. The hooks of different jobs may overlap. An exception
that a hook raises harms no job: it is logged with the name of the plugin, and raised again at the
end of `Xqute.run_until_complete`.
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

#: The registry of hooks and plugins. A plugin marks its implementations with `@simplug.impl`.
simplug: Final = Simplug("xqute")

Function = TypeVar("Function", bound=Callable[..., Any])


class HookSpec(NamedTuple):
    """The declaration of a hook.

    Attributes:
        name: The name of the hook.
        arguments: The names of its arguments, in order.
        state: The state of a job that it is called for; None if it is not called for a state.
        before: The state that the job must come from; None if it may come from any state.
        vetoes: Whether a plugin can prevent what the hook announces, by returning False. Such a
            hook is called before the move, and all others after it.
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
        state: The state of a job that it is called for; None if it is not called for a state.
            Hooks of the same state are called in the order of their declarations.
        before: The state that the job must come from; None if it may come from any state.
        vetoes: Whether a plugin can prevent what the hook announces, by returning False. All other
            results are ignored.
    """

    def declare(function: Function) -> Function:
        name = function.__name__
        SPECS[name] = HookSpec(name, tuple(signature(function).parameters), state, before, vetoes)
        # `Plugins` warns of plain functions itself, so simplug must not warn a second time.
        simplug.spec(function, warn_sync_impl_on_async=False)
        return function

    return declare


@_hook()
async def on_init(scheduler: Scheduler) -> None:
    """Called when a run begins, before its first job is created."""


@_hook(vetoes=True)
async def on_shutdown(scheduler: Scheduler, consumer: Consumer) -> bool | None:
    """Called when SIGINT or SIGTERM is to end the run. Return False to let the run go on."""


@_hook(JobStatus.INIT)
async def on_job_init(scheduler: Scheduler, job: Job) -> None:
    """Called when a job was created, before it is queued."""


@_hook(JobStatus.QUEUED)
async def on_job_queued(scheduler: Scheduler, job: Job) -> None:
    """Called when a job begins to wait for a slot."""


@_hook(JobStatus.SUBMITTED)
async def on_job_submitted(scheduler: Scheduler, job: Job) -> None:
    """Called when the scheduler has accepted a job, and `job.uid` is known."""


@_hook(JobStatus.RUNNING)
async def on_job_running(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has started."""


@_hook(JobStatus.RETRYING)
async def on_job_retrying(scheduler: Scheduler, job: Job) -> None:
    """Called when an attempt has failed and the job is retried, before the delay."""


@_hook(JobStatus.KILLING, vetoes=True)
async def on_job_killing(scheduler: Scheduler, job: Job) -> bool | None:
    """Called when a submitted job is to be killed. Return False to let the job go on."""


@_hook(JobStatus.KILLED)
async def on_job_killed(scheduler: Scheduler, job: Job) -> None:
    """Called when a job was killed, and the scheduler does not have it any more."""


@_hook(JobStatus.FAILED)
async def on_job_failed(scheduler: Scheduler, job: Job) -> None:
    """Called when an attempt has failed. `job.failure` says why."""


@_hook(JobStatus.FINISHED)
async def on_job_succeeded(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has finished. A job that is collected has finished in a former run."""


@_hook()
async def on_complete(scheduler: Scheduler) -> None:
    """Called when all jobs of a run are final."""


@_hook()
async def on_job_moved(scheduler: Scheduler, job: Job, before: JobStatus, after: JobStatus) -> None:
    """Called after every move of every job, before the hook of the new state.

    It is the only hook that is called for a job that is cancelled. It does not depend on the other
    hooks: a plugin may have it alone.
    """


#: The hooks of each state.
HOOKS_OF: Final = {
    state: tuple(spec for spec in SPECS.values() if spec.state is state) for state in JobStatus
}
