"""All that a run holds of its open jobs, with one record for each job.

A job is open from its push until it is settled. `Records.open` contains the records of all open
jobs. The other mappings contain some of the same records, so that the few jobs in a certain state
are found without a search through all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from xqute._job import Job
from xqute._step import Ended, Observed


@dataclass(slots=True, eq=False)
class Submission:
    """What a run holds of a job while the scheduler has it, or may have it.

    Times are in seconds of `time.monotonic`.

    Attributes:
        answered: Whether the scheduler has accepted the job. Until then the job is in flight.
        in_doubt_since: Since when the job is in doubt; None if it is not.
        killed_in_doubt: Whether the scheduler was told to kill the job while it was in doubt.
        gone_since: Since when the scheduler does not have the job any more; None while it has it.
        error: Why the scheduler will never start the job; None if it is not in error.
        kill_due: When to tell the scheduler next to kill the job; None if it is not to be killed.
        kill_sent: Whether the scheduler was told to kill the job.
    """

    answered: bool = False
    in_doubt_since: float | None = None
    killed_in_doubt: bool = False
    gone_since: float | None = None
    error: str | None = None
    kill_due: float | None = None
    kill_sent: bool = False


@dataclass(slots=True)
class Waiters:
    """The callers that wait for a job.

    Attributes:
        settled: Set when the job is settled, or when the run is over.
        killed: One future for each caller of `Job.kill`. Its result is whether the job was killed.
    """

    settled: asyncio.Event = field(default_factory=asyncio.Event)
    killed: list[asyncio.Future[bool]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class JobRecord:
    """What a run holds of one open job.

    Attributes:
        job: The job.
        submission: The submission, while the scheduler has the job or may have it; otherwise None.
        kill_wanted: Whether to kill the job as soon as the scheduler has accepted it, or to cancel
            it as soon as its submission has failed.
        observed: Observations that wait until the hooks of the job have returned; None while no
            hook is being called.
        waiters: The callers that wait for the job; None if nobody has waited yet.
    """

    job: Job
    submission: Submission | None = None
    kill_wanted: bool = False
    observed: deque[Observed | Ended] | None = None
    waiters: Waiters | None = None

    @property
    def in_flight(self) -> bool:
        """Whether the job was handed to the scheduler, and the scheduler has not answered yet."""
        return self.submission is not None and not self.submission.answered

    def wait(self) -> Waiters:
        """Return the waiters of the job. Create them if there are none."""
        if self.waiters is None:
            self.waiters = Waiters()
        return self.waiters

    def expect_kill(self) -> asyncio.Future[bool]:
        """Return a future that is told whether the job was killed."""
        killed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.wait().killed.append(killed)
        return killed

    def answer_kills(self, *, killed: bool) -> None:
        """Tell all callers of `Job.kill` whether the job was killed."""
        if self.waiters is None:
            return
        for future in self.waiters.killed:
            if not future.done():
                future.set_result(killed)
        self.waiters.killed.clear()


class Records:
    """The records of a run's open jobs.

    Attributes:
        open: All open jobs.
        in_flight: The jobs that were handed to the scheduler, which has not answered yet.
        in_doubt: The jobs in flight that are in doubt.
        submitted: The jobs that the scheduler has accepted, and whose end is not known yet.
        gone: The submitted jobs that the scheduler does not have any more.
        to_kill: The jobs that the scheduler is to kill.
    """

    def __init__(self) -> None:
        self.open: dict[Job, JobRecord] = {}
        self.in_flight: dict[Job, JobRecord] = {}
        self.in_doubt: dict[Job, JobRecord] = {}
        self.submitted: dict[Job, JobRecord] = {}
        self.gone: dict[Job, JobRecord] = {}
        self.to_kill: dict[Job, JobRecord] = {}

    def add(self, job: Job) -> JobRecord:
        """Add a record for a job, and return it."""
        self.open[job] = record = JobRecord(job)
        return record

    def remove(self, record: JobRecord) -> None:
        """Remove the record of a job that is settled, or whose push was cancelled."""
        self.leave_scheduler(record)
        self.open.pop(record.job, None)

    def hand_over(self, record: JobRecord) -> Submission:
        """Note that the job is being handed to the scheduler."""
        record.submission = submission = Submission()
        self.in_flight[record.job] = record
        return submission

    def doubt(self, record: JobRecord, since: float) -> None:
        """Note that the job is in doubt, since the time `since`."""
        submission = record.submission or self.hand_over(record)
        submission.in_doubt_since = since
        self.in_doubt[record.job] = record

    def accept(self, record: JobRecord) -> None:
        """Note that the scheduler has accepted the job."""
        submission = record.submission or self.hand_over(record)
        submission.answered = True
        submission.in_doubt_since = None
        self.in_flight.pop(record.job, None)
        self.in_doubt.pop(record.job, None)
        self.submitted[record.job] = record
        record.kill_wanted = False

    def leave_scheduler(self, record: JobRecord) -> None:
        """Note that the scheduler does not have the job, or does not have it any more."""
        if record.submission is not None:
            record.submission = None
            for some in (self.in_flight, self.in_doubt, self.submitted, self.gone, self.to_kill):
                some.pop(record.job, None)

    def mark_gone(self, record: JobRecord, since: float) -> bool:
        """Note that the scheduler does not have the job any more. Return whether that is new."""
        submission = record.submission
        if submission is None or submission.gone_since is not None:
            return False
        submission.gone_since = since
        self.gone[record.job] = record
        return True

    def mark_present(self, record: JobRecord) -> None:
        """Note that the scheduler has the job after all."""
        if record.submission is not None:
            record.submission.gone_since = None
            self.gone.pop(record.job, None)

    def want_killed(self, record: JobRecord) -> bool:
        """Note that the scheduler is to kill the job. Return whether that is new."""
        submission = record.submission
        if submission is None or submission.kill_due is not None:
            return False
        submission.kill_due = 0.0
        self.to_kill[record.job] = record
        return True
