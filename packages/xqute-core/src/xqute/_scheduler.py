"""The contract of schedulers: three methods that must be, and bulk ones that may be better."""

from __future__ import annotations

import asyncio
import sys
from abc import abstractmethod
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic

from xqute._errors import SubmitDoubtful, SubmitFailed, SubmitRejected
from xqute._failure import Account, Usage
from xqute._job import Job
from xqute._queue_state import InError, QueueState
from xqute._report import read_usage
from xqute._scheduler_base import SchedulerBase

if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

JobT = TypeVar("JobT", bound=Job, default=Any)


class Scheduler(SchedulerBase, Generic[JobT]):
    """Base of schedulers: a subclass names itself and its jobs, and implements three methods.

    It is generic over the class of its jobs: `class MyScheduler(Scheduler[MyJob])`.

    Unless it says otherwise, a method is called in the event loop. Calls of different methods may
    overlap where they await something. A scheduler that can't be asked raises
    `SchedulerUnavailable`; what it raises on submission is at `submit_job`. Any other exception is
    a defect, and ends the run.

    Attributes:
        changed: Set it when something may have changed: core then asks at once, and clears it.
    """

    #: The class of its jobs.
    job_class: type[JobT]
    #: Whether core asks in intervals. Without, it asks only when `changed` is set, when a job was
    #: submitted or is to be killed, and again after it could not be asked.
    polls: ClassVar[bool] = True
    #: Seconds between two status queries, at first and at most; the interval grows while nothing
    #: changes.
    min_interval: float = 0.2
    max_interval: float = 10.0
    #: Seconds between two submissions, so that jobs that are pushed in between go together.
    submit_interval: float = 0.0
    #: Seconds that it may take to answer a call, and one more for each job that the call is about.
    #: Then the call is cancelled, and counts as one that had no answer. `math.inf` for a scheduler
    #: that asks nobody, and so never waits.
    call_timeout: float = 300.0
    #: Seconds until a submission or a kill is tried again that could not be made, at first and at
    #: most; the delay doubles each time.
    first_backoff: float = 0.5
    longest_backoff: float = 60.0
    #: Seconds after which a job that was killed, and is still there, is killed again.
    kill_again_after: float = 60.0
    #: Seconds between two look-ups of jobs that may have been submitted or not.
    lookup_interval: float = 1.0
    #: Whether the folder of jobs is shared with other hosts, and so may be slow. Core then touches
    #: it from a worker thread, and believes that a file is missing only after `result_grace`
    #: seconds.
    shared_files: ClassVar[bool] = True
    result_grace: float = 5.0

    def __init__(self, job_metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options; nothing is started, asked or written here.

        Raises:
            InvalidType: An option is of the wrong kind.
            InvalidValue: An option is unknown or can't have this value.
        """
        super().__init__(job_metadir, forks, options)
        self.changed = asyncio.Event()

    # --- what must be implemented ---

    @abstractmethod
    async def submit_job(self, job: JobT) -> str:
        """Submit the wrapped script `job.script_file` and return the scheduler's id of the job.

        Raises:
            SubmitFailed: Nothing was submitted, and it may succeed later.
            SubmitDoubtful: It may have been submitted or not.
            SubmitRejected: It was refused.
        """

    @abstractmethod
    async def kill_job(self, job: JobT) -> None:
        """Have the job `job.uid` ended, with all its processes; not wait for its end.

        May be called again for the same job, and for one that has ended.

        Raises:
            SchedulerUnavailable: It is tried again later.
        """

    @abstractmethod
    async def job_is_running(self, job: JobT) -> bool:
        """Return whether the scheduler has the job `job.uid`, be it waiting or running.

        Raises:
            SchedulerUnavailable: No verdict; it is asked again later.
        """

    # --- the life of the scheduler ---

    async def start(self) -> None:
        """Called once, before anything else is asked. Does nothing by default."""

    async def close(self) -> None:
        """Called once, after everything else, however the run ended. Does nothing by default."""

    # --- many jobs at once, built on the three ---

    async def submit_jobs(
        self, jobs: Sequence[JobT]
    ) -> AsyncIterator[tuple[JobT, str | SubmitFailed | SubmitDoubtful | SubmitRejected]]:
        """Submit jobs, and yield each with its id, or with what hindered it, as soon as known."""
        for job in jobs:
            try:
                yield job, await self.submit_job(job)
            except (SubmitFailed, SubmitDoubtful, SubmitRejected) as error:
                yield job, error

    async def kill_jobs(self, jobs: Sequence[JobT]) -> None:
        """Have jobs ended; see `kill_job`."""
        for job in jobs:
            await self.kill_job(job)

    async def job_states(self, jobs: Collection[JobT]) -> Mapping[JobT, QueueState | InError]:
        """Return the states of jobs that were submitted; those that did not change may be left out.

        What is known of other jobs is kept until they are asked for: one may have ended before its
        id was returned.

        Args:
            jobs: All that are submitted and not ended; for a scheduler that does not poll, as they
                come and go.

        Raises:
            SchedulerUnavailable: No verdict on any; they are asked again later.
        """
        states: dict[JobT, QueueState | InError] = {}
        for job in jobs:
            if not await self.job_is_running(job):
                states[job] = QueueState.GONE
            else:
                states[job] = QueueState.RUNNING if job.has_started() else QueueState.PENDING
        return states

    async def find_jobs(self, jobs: Sequence[JobT]) -> Mapping[JobT, str]:
        """Return the ids of those jobs that the scheduler has.

        Called when that is not known: after a doubtful submission, and for what a former run left.
        A job that has a `uid` is looked up by it, another by its `unique_name`. By default nothing
        can be looked up by name: such a job is submitted again as long as it has not started, and
        the claim in the wrapped script makes all but the first copy end; one that has started is
        LOST if it leaves no result within `result_grace` seconds.

        Raises:
            SchedulerUnavailable: They are looked up again later.
        """
        return {job: job.uid for job in jobs if job.uid and await self.job_is_running(job)}

    @property
    def finds_by_name(self) -> bool:
        """Whether `find_jobs` finds jobs whose id is not known: so, when it was overridden."""
        return type(self).find_jobs is not Scheduler.find_jobs

    def follow(self, job: JobT, uid: str) -> None:
        """Called when a job that was looked up is found, and is asked for from now on.

        Does nothing by default; for schedulers that have to know whose end to notice.
        """

    async def accounts(self, jobs: Sequence[JobT]) -> Mapping[JobT, Account]:
        """Return what is known of jobs that are gone without a result. By default nothing is.

        Raises:
            SchedulerUnavailable: Nothing is known then.
        """
        return {}

    def usage(self, job: JobT) -> Usage | None:
        """Return what a job that is gone has used, as far as that is known at no cost."""
        return read_usage(job.folder, job.claim)

    def check_former(self, job: JobT) -> None:
        """Check that a job of a former run, whose `uid` is set, can be followed from here.

        Raises:
            MetadirConflict: It can't.
        """
