"""The hooks that plugins implement: names, arguments, and when each is called.

All of a job's hooks are called in the order of its states, each at most once in an attempt, and one
after the other; those of different jobs may overlap. What a hook raises harms no job: it is logged
with the plugin's name, and raised at the end of `Xqute.run_until_complete`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simplug import Simplug

from xqute._status import JobStatus

if TYPE_CHECKING:
    from xqute._consumer import Consumer
    from xqute._job import Job
    from xqute._scheduler import Scheduler

#: The registry of hooks and plugins; plugins mark their implementations with `simplug.impl`.
simplug: Final = Simplug("xqute")


@simplug.spec
async def on_init(scheduler: Scheduler) -> None:
    """Called when a run begins, before the first job is made. The result is not used."""


@simplug.spec
async def on_shutdown(scheduler: Scheduler, consumer: Consumer) -> bool | None:
    """Called when a signal wants the run to end. False vetoes it, and the run goes on."""


@simplug.spec
async def on_job_init(scheduler: Scheduler, job: Job) -> None:
    """Called when a job was made, before it is queued. The result is not used."""


@simplug.spec
async def on_job_queued(scheduler: Scheduler, job: Job) -> None:
    """Called when a job waits for a slot. The result is not used."""


@simplug.spec
async def on_job_submitted(scheduler: Scheduler, job: Job) -> None:
    """Called when the scheduler has a job, and `job.uid` is known. The result is not used."""


@simplug.spec
async def on_job_running(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has started. The result is not used."""


@simplug.spec
async def on_job_retrying(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has failed and will be tried again. The result is not used."""


@simplug.spec
async def on_job_killing(scheduler: Scheduler, job: Job) -> bool | None:
    """Called when a submitted job is to be killed. False vetoes it, and the job goes on."""


@simplug.spec
async def on_job_killed(scheduler: Scheduler, job: Job) -> None:
    """Called when a killed job has left the scheduler. The result is not used."""


@simplug.spec
async def on_job_failed(scheduler: Scheduler, job: Job) -> None:
    """Called when an attempt has failed, and `job.failure` says why. The result is not used."""


@simplug.spec
async def on_job_succeeded(scheduler: Scheduler, job: Job) -> None:
    """Called when a job has finished, in this run or (`job.resumed`) a former one; no result."""


@simplug.spec
async def on_complete(scheduler: Scheduler) -> None:
    """Called when all jobs of a run are final. The result is not used."""


#: All of them, by name.
SPECS: Final = {
    spec.__name__: spec
    for spec in (
        on_init,
        on_shutdown,
        on_job_init,
        on_job_queued,
        on_job_submitted,
        on_job_running,
        on_job_retrying,
        on_job_killing,
        on_job_killed,
        on_job_failed,
        on_job_succeeded,
        on_complete,
    )
}

#: The hook of each state; a job that was CANCELLED never left the queue, and has none.
HOOK_OF: Final = {
    JobStatus.INIT: "on_job_init",
    JobStatus.QUEUED: "on_job_queued",
    JobStatus.SUBMITTED: "on_job_submitted",
    JobStatus.RUNNING: "on_job_running",
    JobStatus.FINISHED: "on_job_succeeded",
    JobStatus.FAILED: "on_job_failed",
    JobStatus.RETRYING: "on_job_retrying",
    JobStatus.KILLING: "on_job_killing",
    JobStatus.KILLED: "on_job_killed",
}
