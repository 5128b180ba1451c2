"""All that a run holds of its open jobs: one record for each, in one place.

A job is open from its push until it is settled. `Records.open` has the records of all open jobs;
the other mappings have those of them that somebody works through, so that nobody has to walk over
all jobs to find a few.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from xqute._job import Job
from xqute._step import Ended, Observed


@dataclass(slots=True, eq=False)
class Submission:
    """What a run holds of a job that it has handed to the scheduler.

    Times are those of `time.monotonic`.

    Attributes:
        answered: Whether the scheduler is known to have it; until then it is in flight.
        in_doubt_since: Since when it is not known whether the scheduler has it; None when it is.
        killed_in_doubt: Whether the scheduler was told to kill it while it was in doubt.
        gone_since: Since when the scheduler does not have it any more, while no result is known.
        error: Why the scheduler will never start it; None when it may.
        kill_due: When the scheduler is told to kill it next; None when nobody wants that.
        kill_sent: Whether the scheduler was told to kill it.
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
    """Who waits for a job.

    Attributes:
        settled: Set when the job is settled, or the run is over.
        killed: Each is told whether the job was killed.
    """

    settled: asyncio.Event = field(default_factory=asyncio.Event)
    killed: list[asyncio.Future[bool]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class JobRecord:
    """What a run holds of one open job.

    Attributes:
        job: The job.
        submission: What is held of it while it is with the scheduler, or on its way there.
        kill_wanted: Whether it is to be killed as soon as it is accepted, or no longer in flight.
        observed: What was observed of it while its hooks are being called; None while none are.
        waiters: Who waits for it; None as long as nobody does.
    """

    job: Job
    submission: Submission | None = None
    kill_wanted: bool = False
    observed: deque[Observed | Ended] | None = None
    waiters: Waiters | None = None

    @property
    def in_flight(self) -> bool:
        """Whether it was handed to the scheduler, which has not answered yet."""
        return self.submission is not None and not self.submission.answered

    def wait(self) -> Waiters:
        """Return who waits for it, to join them."""
        if self.waiters is None:
            self.waiters = Waiters()
        return self.waiters

    def answer_kills(self, *, killed: bool) -> None:
        """Tell those who wanted it killed whether it was."""
        if self.waiters is None:
            return
        for future in self.waiters.killed:
            if not future.done():
                future.set_result(killed)
        self.waiters.killed.clear()


class Records:
    """The records of a run's open jobs.

    Attributes:
        open: Those of all open jobs.
        in_flight: Those that were handed to the scheduler, which has not answered yet.
        in_doubt: Those among them that the scheduler may have or not.
        submitted: Those that the scheduler has, or has had until a moment ago.
        gone: Those among them that it does not have any more, and whose end is not known yet.
        to_kill: Those that the scheduler is to kill.
    """

    def __init__(self) -> None:
        self.open: dict[Job, JobRecord] = {}
        self.in_flight: dict[Job, JobRecord] = {}
        self.in_doubt: dict[Job, JobRecord] = {}
        self.submitted: dict[Job, JobRecord] = {}
        self.gone: dict[Job, JobRecord] = {}
        self.to_kill: dict[Job, JobRecord] = {}

    def add(self, job: Job) -> JobRecord:
        """Open a job."""
        self.open[job] = record = JobRecord(job)
        return record

    def remove(self, record: JobRecord) -> None:
        """Close a job: it is settled, or its push was cut short."""
        self.leave_scheduler(record)
        self.open.pop(record.job, None)

    def hand_over(self, record: JobRecord) -> Submission:
        """The job is on its way to the scheduler."""
        record.submission = submission = Submission()
        self.in_flight[record.job] = record
        return submission

    def doubt(self, record: JobRecord, since: float) -> None:
        """It is not known whether the scheduler has the job."""
        submission = record.submission or self.hand_over(record)
        submission.in_doubt_since = since
        self.in_doubt[record.job] = record

    def accept(self, record: JobRecord) -> None:
        """The scheduler has the job."""
        submission = record.submission or self.hand_over(record)
        submission.answered = True
        submission.in_doubt_since = None
        self.in_flight.pop(record.job, None)
        self.in_doubt.pop(record.job, None)
        self.submitted[record.job] = record
        record.kill_wanted = False

    def leave_scheduler(self, record: JobRecord) -> None:
        """The scheduler does not have the job, or not any more."""
        if record.submission is not None:
            record.submission = None
            for some in (self.in_flight, self.in_doubt, self.submitted, self.gone, self.to_kill):
                some.pop(record.job, None)

    def mark_gone(self, record: JobRecord, since: float) -> bool:
        """The scheduler says that it does not have the job; return whether that is news."""
        submission = record.submission
        if submission is None or submission.gone_since is not None:
            return False
        submission.gone_since = since
        self.gone[record.job] = record
        return True

    def mark_present(self, record: JobRecord) -> None:
        """The scheduler has the job after all."""
        if record.submission is not None:
            record.submission.gone_since = None
            self.gone.pop(record.job, None)

    def want_killed(self, record: JobRecord) -> bool:
        """Have the scheduler kill the job; return whether that is news."""
        submission = record.submission
        if submission is None or submission.kill_due is not None:
            return False
        submission.kill_due = 0.0
        self.to_kill[record.job] = record
        return True
