"""Submitting jobs: from the queue to the scheduler."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import anyio

from xqute._attempt_files import clear_lock, write_uid
from xqute._backoff import Backoff
from xqute._call_limit import call_limit
from xqute._claim import is_given_up
from xqute._errors import (
    SchedulerError,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
)
from xqute._failure import Failure, FailureKind, Usage
from xqute._file_access import with_files
from xqute._job import Job, job_count
from xqute._prepare import prepare
from xqute._queue import Queue
from xqute._records import JobRecord, Records
from xqute._report import Report
from xqute._scheduler import Scheduler
from xqute._step import Ended, Observed

logger = logging.getLogger("xqute")

# The longest time in seconds that the first queued job is held back so that others join its batch.
# It applies only to schedulers with a `submit_interval`.
_HOLD_FIRST = 0.2


class Submitter:
    """Submits jobs that wait, as many as there are free slots."""

    def __init__(
        self,
        scheduler: Scheduler[Any],
        records: Records,
        free_slots: Callable[[], int],
        observe: Callable[[JobRecord, Observed | Ended], None],
    ) -> None:
        """Create a submitter. `run` starts it.

        Args:
            scheduler: The scheduler that jobs are submitted to.
            records: The records of the run.
            free_slots: Returns the number of free slots.
            observe: Called with each observation of a job.
        """
        self._scheduler = scheduler
        self._records = records
        self._free_slots = free_slots
        self._observe = observe
        self._queue = Queue()
        self._backoff = Backoff(scheduler)
        self._not_before = 0.0
        self._wake = asyncio.Event()

    # --- jobs that wait ---

    def put(self, record: JobRecord, *, first: bool = False) -> None:
        """Add a job to the queue. With `first` it goes before jobs that have not had a slot."""
        if not self._queue:
            self._hold_first()
        self._queue.put(record, first=first)
        self._wake.set()

    def put_in_doubt(self, record: JobRecord) -> None:
        """Look a job up before it is submitted. This does not wait for a free slot."""
        if not self._records.in_doubt:
            self._hold_first()
        self._records.doubt(record, time.monotonic())
        self._wake.set()

    def put_later(self, record: JobRecord, delay: float) -> None:
        """Hold a job back for `delay` seconds, then report `RETRY_DUE`."""
        self._queue.put_later(record, time.monotonic() + delay)
        self._wake.set()

    def slot_freed(self) -> None:
        """Wake up, since a slot may be free."""
        if self._queue:
            self._wake.set()

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs that wait for a slot or for their next attempt."""
        return self._queue.waiting

    # --- the loop ---

    async def run(self) -> None:
        """Submit jobs until cancelled."""
        while True:
            now = time.monotonic()
            for record in self._queue.due(now):
                self._observe(record, Observed.RETRY_DUE)
            if now >= self._not_before:
                if self._records.in_doubt:
                    await self._look_up()
                batch = self._take()
                if batch:
                    await self._submit(batch)
                    continue
            await self._sleep()

    def _take(self) -> list[JobRecord]:
        batch = self._queue.take(self._free_slots())
        for record in batch:
            self._records.hand_over(record)
        return batch

    async def _sleep(self) -> None:
        """Sleep until there may be something to do."""
        now = time.monotonic()
        due = [self._queue.next_due] if self._queue.next_due is not None else []
        if self._records.in_doubt or (self._queue and self._not_before > now):
            due.append(self._not_before)
        if not due:
            await self._wake.wait()
        else:
            with anyio.move_on_after(max(0.0, min(due) - now)):
                await self._wake.wait()
        self._wake.clear()

    def _hold_first(self) -> None:
        if self._scheduler.submit_interval:
            self._hold_for(min(self._scheduler.submit_interval, _HOLD_FIRST))

    def _hold_for(self, seconds: float) -> None:
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    # --- jobs in doubt ---

    async def _look_up(self) -> None:
        records = tuple(self._records.in_doubt.values())
        jobs = [record.job for record in records]
        try:
            with call_limit(self._scheduler, len(jobs)):
                found = await self._scheduler.find_jobs(jobs)
                doomed = await self._kill_given_up(found)
        except SchedulerUnavailable as error:
            self._back_off(error, len(jobs), "looked up")
            return
        missing: list[JobRecord] = []
        for record in records:
            if record.job in doomed:
                continue
            if record.job in found:
                uid = found[record.job]
                self._scheduler.follow(record.job, uid)
                self._submitted(record, uid)
            else:
                missing.append(record)
        if missing:
            left = await with_files(self._scheduler, self._read, [one.job for one in missing])
            for record, (report, usage) in zip(missing, left, strict=True):
                self._not_found(record, report, usage)
        if self._records.in_doubt:
            self._hold_for(self._scheduler.lookup_interval)

    async def _kill_given_up(self, found: Mapping[Job, str]) -> Collection[Job]:
        """Kill jobs that a former run has given up before they had begun, and return them.

        Their claims are taken, so they will never run. They are looked up until they are gone.
        """
        in_doubt = self._records.in_doubt
        doomed = {job for job in found if job in in_doubt and is_given_up(job.claim)}
        to_kill = {}
        for job in doomed:
            submission = in_doubt[job].submission
            if submission is not None and not submission.killed_in_doubt:
                job.attempt = job.attempt.with_uid(found[job])
                to_kill[job] = submission
        if to_kill:
            await self._scheduler.kill_jobs(tuple(to_kill))
            for submission in to_kill.values():
                submission.killed_in_doubt = True
        return doomed

    def _read(self, jobs: Sequence[Job]) -> list[tuple[Report, Usage | None]]:
        """Return what jobs have left, and what those have used that are over."""
        read = []
        for job in jobs:
            report = job.read_report()
            read.append((report, None if report.rc is None else self._scheduler.usage(job)))
        return read

    def _not_found(self, record: JobRecord, report: Report, usage: Usage | None) -> None:
        job, submission = record.job, record.submission
        since = submission.in_doubt_since if submission is not None else None
        if since is None:
            return
        late = time.monotonic() - since >= self._scheduler.result_grace
        if report.rc is None and report.started and self._scheduler.shared_files and not late:
            return
        self._clear_lock(job)
        if report.rc is not None:
            # The job has ended since it was last looked at.
            job.attempt = job.attempt.with_usage(usage)
            self._accepted(record, job.uid or "")
            self._observe(record, Ended(report.rc, report.failure))
            return
        if report.started and not job.uid and not self._scheduler.finds_by_name:
            # The job may still run, so submitting it again could make it run twice.
            detail = (
                f"it started and may still run, but its id is not known, and scheduler "
                f"{self._scheduler.name!r} can't look it up by name"
            )
            self._accepted(record, "")
            self._observe(record, Ended(None, Failure(FailureKind.LOST, detail)))
            return
        # An attempt that has not begun keeps its token, and so its claim. Its script may still be
        # on the way to the scheduler, and the claim lets only one of the two copies run.
        over = report.started or report.failure is not None or is_given_up(job.claim)
        job.attempt = job.attempt.unsubmitted(keep_token=not over)
        self._observe(record, Observed.UNSENT)

    # --- one submission ---

    async def _submit(self, batch: Sequence[JobRecord]) -> None:
        batch = await self._prepared(batch)
        unanswered = {record.job: record for record in batch}
        records = dict(unanswered)
        failed: SubmitFailed | SubmitDoubtful | None = None
        no_answer = f"scheduler {self._scheduler.name!r} gave no answer"
        try:
            if batch:
                with call_limit(self._scheduler, len(batch)):
                    async for job, outcome in self._scheduler.submit_jobs(tuple(records)):
                        if job not in records:
                            raise SchedulerError(
                                f"scheduler {self._scheduler.name!r} gave an answer for {job!r}, "
                                f"which was not submitted in this call"
                            )
                        unanswered.pop(job, None)
                        failed = self._answered(records[job], outcome) or failed
        except SchedulerUnavailable as error:
            no_answer = str(error)
        for record in unanswered.values():
            failed = SubmitDoubtful(no_answer)
            self._not_submitted(record, failed)
        if failed is not None:
            self._back_off(failed, len(batch), "submitted")
        else:
            self._backoff.reset()
            if self._scheduler.submit_interval:
                self._hold_for(self._scheduler.submit_interval)

    def _answered(self, record: JobRecord, outcome: object) -> SubmitFailed | SubmitDoubtful | None:
        """Process the outcome of a submission. Return an error if the job is to be tried again."""
        if isinstance(outcome, str):
            self._submitted(record, outcome)
        elif isinstance(outcome, SubmitRejected):
            self._fail(record, FailureKind.REJECTED, str(outcome))
        elif isinstance(outcome, SubmitFailed | SubmitDoubtful):
            self._not_submitted(record, outcome)
            return outcome
        else:
            raise SchedulerError(
                f"scheduler {self._scheduler.name!r} gave {outcome!r} as the id of {record.job!r}, "
                f"but an id must be a str"
            )
        return None

    async def _prepared(self, batch: Sequence[JobRecord]) -> Sequence[JobRecord]:
        """Write the scripts, and return the records of the jobs for which that succeeded."""
        jobs = [record.job for record in batch]
        errors = await with_files(self._scheduler, prepare, jobs, self._scheduler)
        if not errors:
            return batch
        for record in batch:
            if (error := errors.get(record.job)) is not None:
                self._fail(record, FailureKind.NEVER_STARTED, str(error))
        return [record for record in batch if record.job not in errors]

    # --- the outcome of a submission ---

    def _submitted(self, record: JobRecord, uid: str) -> None:
        try:
            write_uid(record.job.folder, uid)
        except OSError as error:
            # The scheduler has the job all the same. After a crash it has to be looked up.
            logger.warning("%r: its id %s can't be written down: %s", record.job, uid, error)
        self._accepted(record, uid)

    def _accepted(self, record: JobRecord, uid: str) -> None:
        record.job.attempt = record.job.attempt.with_uid(uid)
        self._observe(record, Observed.SUBMITTED)

    @staticmethod
    def _clear_lock(job: Job) -> None:
        try:
            clear_lock(job.folder)
        except OSError as error:
            logger.warning("%r: its lock can't be cleared: %s", job, error)

    def _fail(self, record: JobRecord, kind: FailureKind, detail: str) -> None:
        self._observe(record, Ended(None, Failure(kind, detail), started=False))

    def _not_submitted(self, record: JobRecord, error: SubmitFailed | SubmitDoubtful) -> None:
        if isinstance(error, SubmitDoubtful):
            self.put_in_doubt(record)
        else:
            self._observe(record, Observed.UNSENT)

    def _back_off(self, error: Exception, jobs: int, done: str) -> None:
        delay = self._backoff.next()
        self._hold_for(delay)
        count = job_count(jobs)
        logger.warning("%s could not be %s, next try in %.1f s: %s", count, done, delay, error)
