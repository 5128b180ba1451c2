"""The contract of schedulers: three methods that must be, and bulk ones that may be better."""

from __future__ import annotations

import asyncio
import math
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import anyio

from xqute._attempt import PRIVATE
from xqute._errors import CannotAsk, SubmitDoubtful, SubmitFailed, SubmitRejected
from xqute._job import Job
from xqute._options import COMMON, check_common, unknown_option
from xqute._report import read_usage
from xqute._status import Failure, Usage


class JobState(Enum):
    """What a scheduler can say of a job."""

    #: It has not started.
    PENDING = auto()
    #: It has started and not ended.
    RUNNING = auto()
    #: The scheduler does not have it, or has it as ended.
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Broken:
    """The scheduler has the job and will never start it; core kills it, and it fails.

    Attributes:
        reason: The scheduler's own words.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a scheduler knows of a job that is gone and left no result.

    Attributes:
        failure: How it ended; None when the scheduler does not know.
        usage: What it used; None when the scheduler does not know.
    """

    failure: Failure | None = None
    usage: Usage | None = None


class Scheduler(ABC):
    """Base of schedulers: a subclass names itself and its jobs, and implements three methods.

    A scheduler that can't be asked raises `CannotAsk`; what it raises on submission is at
    `submit_job`. Any other exception is a defect, and ends the run.

    Attributes:
        options: The producer's options for it, checked and with the defaults filled in.
        metadir: The absolute path of the folder of all jobs.
        forks: How many jobs may be submitted and not ended at once.
        folder_mode: The mode of the jobs' folders and scripts; core sets it, 0o700 or 0o750.
        changed: Set it when something may have changed: core then asks at once, and clears it.
    """

    #: The name that `Xqute(name)` finds it by, and that its entry point has.
    name: ClassVar[str]
    #: The class of its jobs.
    job_class: ClassVar[type[Job]]
    #: Its own options besides the common ones (shell, env, cwd, kill_grace), and their defaults.
    own_options: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    #: Options that make no other job of a job, and are left out of its fingerprint.
    incidental_options: ClassVar[frozenset[str]] = frozenset({"kill_grace"})
    #: Whether core asks in intervals. Without, it asks only when `changed` is set, when a job was
    #: submitted or is to be killed, and again after it could not be asked.
    polls: ClassVar[bool] = True
    #: Seconds between two askings, at first and at most; the interval grows while nothing changes.
    min_interval: float = 0.2
    max_interval: float = 10.0
    #: Seconds between two submissions, for what is pushed in between to go together.
    submit_interval: float = 0.0
    #: Seconds that it may take to answer a call, and one more for each job that the call is about.
    #: Then the call is cancelled, and counts as one that had no answer. `math.inf` for one that
    #: asks nobody, and so never waits.
    patience: float = 300.0
    #: Whether the folder of jobs is shared with other hosts, and so may be slow. Core then touches
    #: it from a worker thread, and believes that a file is missing only after `grace` seconds.
    shared_files: ClassVar[bool] = True
    grace: float = 5.0

    def __init__(self, metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options; nothing is started, asked or written here.

        Raises:
            InvalidType: An option is of the wrong kind.
            InvalidValue: An option is unknown or can't have this value.
        """
        self.metadir = metadir
        self.forks = forks
        self.folder_mode = PRIVATE
        self.changed = asyncio.Event()
        checked = {name: self.check_option(name, value) for name, value in options.items()}
        self.options: Mapping[str, Any] = {**COMMON, **self.own_options, **checked}
        if self.options["cwd"] is None:
            self.options = {**self.options, "cwd": os.getcwd()}

    # --- what must be implemented ---

    @abstractmethod
    async def submit_job(self, job: Job) -> str:
        """Submit the wrapped script `job.script_file` and return the scheduler's id of the job.

        Raises:
            SubmitFailed: Nothing was submitted, and it may succeed later.
            SubmitDoubtful: It may have been submitted or not.
            SubmitRejected: It was refused.
        """

    @abstractmethod
    async def kill_job(self, job: Job) -> None:
        """Have the job `job.uid` ended, with all its processes; not wait for its end.

        May be called again for the same job, and for one that has ended.

        Raises:
            CannotAsk: It is tried again later.
        """

    @abstractmethod
    async def job_is_running(self, job: Job) -> bool:
        """Return whether the scheduler has the job `job.uid`, be it waiting or running.

        Raises:
            CannotAsk: No verdict; it is asked again later.
        """

    # --- options ---

    def check_option(self, name: str, value: Any) -> Any:
        """Return the value of an option, of the producer or of one job, in the form that is kept.

        Override it to check values, or to know names that follow a pattern.

        Raises:
            InvalidType: It is of the wrong kind.
            InvalidValue: It is unknown or can't have this value.
        """
        if name in COMMON:
            return check_common(name, value)
        if name not in self.own_options:
            raise unknown_option(name, self.name, {**COMMON, **self.own_options})
        return value

    # --- the life of the scheduler ---

    def answering(self, jobs: int) -> AbstractContextManager[None]:
        """Bound the time of a call that is about so many jobs; core's own use of `patience`.

        Raises:
            CannotAsk: The time was up, and the call was cancelled.
        """
        # One that asks nobody is called several times for each job.
        return nullcontext() if self.patience == math.inf else self._within(self.patience + jobs)

    @contextmanager
    def _within(self, limit: float) -> Iterator[None]:
        with anyio.move_on_after(limit) as scope:
            yield
        if scope.cancelled_caught:
            raise CannotAsk(f"scheduler {self.name!r} gave no answer within {limit:g} s")

    async def start(self) -> None:
        """Called once, before anything else is asked. Does nothing by default."""

    async def close(self) -> None:
        """Called once, after everything else, however the run ended. Does nothing by default."""

    # --- many jobs at once, built on the three ---

    async def submit_jobs(
        self, jobs: Sequence[Job]
    ) -> AsyncIterator[tuple[Job, str | SubmitFailed | SubmitDoubtful | SubmitRejected]]:
        """Submit jobs, and yield each with its id, or with what hindered it, as soon as known."""
        for job in jobs:
            try:
                yield job, await self.submit_job(job)
            except (SubmitFailed, SubmitDoubtful, SubmitRejected) as error:
                yield job, error

    async def kill_jobs(self, jobs: Sequence[Job]) -> None:
        """Have jobs ended; see `kill_job`."""
        for job in jobs:
            await self.kill_job(job)

    async def job_states(self, jobs: Collection[Job]) -> Mapping[Job, JobState | Broken]:
        """Return the states of jobs that were submitted; those that did not change may be left out.

        What is known of other jobs is kept until they are asked for: one may have ended before its
        id was returned.

        Args:
            jobs: All that are submitted and not ended; for a scheduler that does not poll, as they
                come and go.

        Raises:
            CannotAsk: No verdict on any; they are asked again later.
        """
        states: dict[Job, JobState | Broken] = {}
        for job in jobs:
            if not await self.job_is_running(job):
                states[job] = JobState.GONE
            else:
                states[job] = JobState.RUNNING if job.has_started() else JobState.PENDING
        return states

    async def find_jobs(self, jobs: Sequence[Job]) -> Mapping[Job, str]:
        """Return the ids of those jobs that the scheduler has.

        Called when that is not known: after a doubtful submission, and for what a former run left.
        A job that has a `uid` is looked up by it, another by its `unique_name`. By default nothing
        can be looked up by name: such a job is submitted again as long as it has not started, and
        the claim in the wrapped script makes all but the first copy end; one that has started is
        LOST if it leaves no result within `grace` seconds.

        Raises:
            CannotAsk: They are looked up again later.
        """
        return {job: job.uid for job in jobs if job.uid and await self.job_is_running(job)}

    @property
    def finds_by_name(self) -> bool:
        """Whether `find_jobs` finds jobs whose id is not known: so, when it was overridden."""
        return type(self).find_jobs is not Scheduler.find_jobs

    def follow(self, job: Job, uid: str) -> None:
        """Called when a job that was looked up is found, and is asked for from now on.

        Does nothing by default; for schedulers that have to know whose end to notice.
        """

    async def accounts(self, jobs: Sequence[Job]) -> Mapping[Job, Account]:
        """Return what is known of jobs that are gone without a result. By default nothing is.

        Raises:
            CannotAsk: Nothing is known then.
        """
        return {}

    def usage(self, job: Job) -> Usage | None:
        """Return what a job that is gone has used, as far as that is known at no cost."""
        return read_usage(job.folder, job.claim)

    def check_former(self, job: Job) -> None:
        """Check that a job of a former run, whose `uid` is set, can be followed from here.

        Raises:
            MetadirConflict: It can't.
        """
