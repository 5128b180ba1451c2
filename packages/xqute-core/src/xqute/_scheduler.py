"""The contract of schedulers: three methods to implement, and others with defaults."""

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
    """The base class of schedulers.

    A subclass sets `name` and `job_class`, and implements `submit_job`, `kill_job` and
    `job_is_running`. The class is generic over its job class:
    `class MyScheduler(Scheduler[MyJob])`.

    Core calls all methods in the event loop, except `usage`, which is called in a worker thread if
    `shared_files` is true. Calls of different methods may overlap while they wait. A method raises
    `SchedulerUnavailable` if the scheduler does not answer; see `submit_job` for the errors of a
    submission. Core takes any other exception for a defect of the class, and ends the run with it.

    Attributes:
        changed: Set this event when the state of a job may have changed. Core then makes a status
            query at once, and clears the event.
    """

    #: The class of the jobs that this scheduler runs.
    job_class: type[JobT]
    #: Whether core makes status queries at intervals. If false, core makes one only when `changed`
    #: is set, when a job was submitted or is to be killed, and again when one had no answer.
    polls: ClassVar[bool] = True
    #: The shortest and the longest time between two status queries, in seconds. The interval grows
    #: while nothing changes.
    min_interval: float = 0.2
    max_interval: float = 10.0
    #: Seconds between two submissions. Jobs that are pushed in between are submitted together.
    submit_interval: float = 0.0
    #: Seconds that a call may take, plus one second for each job that it is about. A call that
    #: takes longer is cancelled, and counts as unanswered. Use `math.inf` for a scheduler that
    #: never waits for an answer.
    call_timeout: float = 300.0
    #: The shortest and the longest time until a submission or a kill that failed is tried again, in
    #: seconds. The delay doubles each time.
    first_backoff: float = 0.5
    longest_backoff: float = 60.0
    #: Seconds after which a job is killed again if it is still there.
    kill_again_after: float = 60.0
    #: Seconds between two calls of `find_jobs` for jobs in doubt.
    lookup_interval: float = 1.0
    #: Whether the job metadir is shared with other hosts, and so may be slow. If true, core reads
    #: and writes the files of jobs in a worker thread.
    shared_files: ClassVar[bool] = True
    #: Seconds to wait for the result of a job that is gone, before it counts as missing.
    result_grace: float = 5.0

    def __init__(self, job_metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options. Nothing is started, called or written here.

        Args:
            job_metadir: The absolute path of the folder of all jobs.
            forks: The number of slots, 1 or more.
            options: The options that were given to `Xqute`, by name.

        Raises:
            InvalidType: An option has the wrong type.
            InvalidValue: An option is unknown or has a value that can't be used.
        """
        super().__init__(job_metadir, forks, options)
        self.changed = asyncio.Event()

    # --- methods to implement ---

    @abstractmethod
    async def submit_job(self, job: JobT) -> str:
        """Submit the wrapped script `job.script_file`, and return the scheduler's id of the job.

        Called in the event loop.

        Raises:
            SubmitFailed: Nothing was submitted, and it may work later.
            SubmitDoubtful: The job may have been submitted or not.
            SubmitRejected: The job was refused, and would be refused again.
        """

    @abstractmethod
    async def kill_job(self, job: JobT) -> None:
        """End the job `job.uid` with all its processes. Do not wait for its end.

        Called in the event loop. It may be called several times for one job, and for a job that
        has ended.

        Raises:
            SchedulerUnavailable: The scheduler does not answer. Core tries again later.
        """

    @abstractmethod
    async def job_is_running(self, job: JobT) -> bool:
        """Return whether the scheduler has the job `job.uid`, waiting or running.

        Called in the event loop.

        Raises:
            SchedulerUnavailable: The scheduler does not answer. Core asks again later.
        """

    # --- the life of the scheduler ---

    async def start(self) -> None:
        """Prepare the scheduler for a run. By default, do nothing.

        Called once, in the event loop, before all other methods but `check_option`. If it raises,
        the run ends with that exception and `close` is not called, so it must clean up behind
        itself.
        """

    async def close(self) -> None:
        """Release what `start` has acquired. By default, do nothing.

        Called once, in the event loop, after all other methods, however the run ended; but only if
        `start` has returned.
        """

    # --- many jobs at once: the defaults call the methods above for each job ---

    async def submit_jobs(
        self, jobs: Sequence[JobT]
    ) -> AsyncIterator[tuple[JobT, str | SubmitFailed | SubmitDoubtful | SubmitRejected]]:
        """Submit jobs. Yield each job with its id or its error, as soon as that is known.

        Called in the event loop. The errors are yielded, not raised. A job that is not yielded
        counts as in doubt.
        """
        for job in jobs:
            try:
                yield job, await self.submit_job(job)
            except (SubmitFailed, SubmitDoubtful, SubmitRejected) as error:
                yield job, error

    async def kill_jobs(self, jobs: Sequence[JobT]) -> None:
        """End jobs with all their processes, as `kill_job` does.

        Called in the event loop.

        Raises:
            SchedulerUnavailable: The scheduler does not answer. Core tries again later.
        """
        for job in jobs:
            await self.kill_job(job)

    async def job_states(self, jobs: Collection[JobT]) -> Mapping[JobT, QueueState | InError]:
        """Answer a status query: return the queue state of each job.

        Called in the event loop. A job whose state has not changed since the last query may be left
        out. If you know the state of a job that is not in `jobs` yet, keep it until core asks for
        that job: a job may end before `submit_job` has returned its id.

        Args:
            jobs: All jobs that are submitted and not known to have ended. If `polls` is false, this
                is a live view, which changes as jobs come and go.

        Raises:
            SchedulerUnavailable: The scheduler does not answer. Core asks again later.
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

        Called in the event loop for jobs in doubt and for jobs of a former run. A job is looked up
        by its `uid`, or by its `unique_name` if it has no `uid`.

        The default can't look up a job by name. A job without a `uid` that has not started is then
        submitted again, and its claim lets only the first copy run the command. One that has
        started fails as LOST, unless it leaves a result within `result_grace` seconds.

        Raises:
            SchedulerUnavailable: The scheduler does not answer. Core tries again later.
        """
        return {job: job.uid for job in jobs if job.uid and await self.job_is_running(job)}

    @property
    def finds_by_name(self) -> bool:
        """Whether `find_jobs` can find a job that has no `uid`. True if it is overridden."""
        return type(self).find_jobs is not Scheduler.find_jobs

    def follow(self, job: JobT, uid: str) -> None:
        """Begin to watch a job that `find_jobs` has found. By default, do nothing.

        Called in the event loop. From then on the job is part of status queries. Override it if
        your scheduler has to know which jobs to watch.

        Args:
            job: The job.
            uid: The id that `find_jobs` has returned. `job.uid` may not be set yet.
        """

    async def accounts(self, jobs: Sequence[JobT]) -> Mapping[JobT, Account]:
        """Return the accounting records of jobs that are gone without a result.

        Called in the event loop. A job without a record may be left out. By default, no job has
        one.

        Raises:
            SchedulerUnavailable: The scheduler does not answer. The jobs fail without a record.
        """
        return {}

    def usage(self, job: JobT) -> Usage | None:
        """Return what a job that is gone has used; None if that is not known.

        Called in a worker thread if `shared_files` is true, and in the event loop otherwise. It
        changes nothing, neither in the scheduler nor in the job, and may be called more than once
        for an attempt. By default, it returns what the wrapped script has measured.
        """
        return read_usage(job.folder, job.claim)

    def check_former(self, job: JobT) -> None:
        """Check that a job of a former run can be followed from this host. By default, do nothing.

        Called in the event loop, when `job.uid` is the id that the former run has written down.

        Raises:
            MetadirConflict: The job can't be followed from this host.
        """
