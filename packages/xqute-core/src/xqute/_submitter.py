"""What waits for a slot, and how it gets to the scheduler."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

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
from xqute._failure import Failure, FailureKind
from xqute._prepare import prepare
from xqute._queue import Queue
from xqute._step import Ended, Observed

if TYPE_CHECKING:
    from xqute._job import Job
    from xqute._scheduler import Scheduler

logger = logging.getLogger("xqute")

# Seconds.
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 60.0
_LOOK_AGAIN = 1.0
# How long the first job that waits does so for others to go along, where submissions are to be few.
_LINGER = 0.2


class Submitter:
    """Takes jobs that wait, as many as there are free slots, and hands them to the scheduler.

    Attributes:
        in_flight: The jobs that were handed to the scheduler and have no answer yet.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        free_slots: Callable[[], int],
        observe: Callable[[Job, Observed | Ended], None],
    ) -> None:
        """Make it; `observe` is told what becomes of each job, with its uid set."""
        self.in_flight: set[Job] = set()
        self._scheduler = scheduler
        self._free_slots = free_slots
        self._observe = observe
        self._queue = Queue()
        # Those that may be with the scheduler already, and since when that is in doubt.
        self._unsure: dict[Job, float] = {}
        # Those among them that can't begin any more, and that the scheduler was told to kill.
        self._doomed: set[Job] = set()
        self._backoff = Backoff(_FIRST_BACKOFF, _LONGEST_BACKOFF)
        self._not_before = 0.0
        self._wake = asyncio.Event()

    # --- what waits ---

    def put(self, job: Job, *, first: bool = False) -> None:
        """Let a job wait for a slot: after all others, or `first`, before those that had none."""
        if not self._queue:
            self._linger()
        self._queue.put(job, first=first)
        self._wake.set()

    def put_unsure(self, job: Job) -> None:
        """Look up whether the scheduler has the job, before it is submitted, slot or no slot."""
        if not self._unsure:
            self._linger()
        self.in_flight.add(job)
        self._unsure[job] = time.monotonic()
        self._wake.set()

    def put_later(self, job: Job, delay: float) -> None:
        """Observe in `delay` seconds that another attempt is due."""
        self._queue.put_later(job, time.monotonic() + delay)
        self._wake.set()

    def slot_freed(self) -> None:
        """Look again whether there is something to submit."""
        if self._queue:
            self._wake.set()

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs that wait for a slot, or for another attempt."""
        return self._queue.waiting

    # --- the loop ---

    async def run(self) -> None:
        """Submit, for ever."""
        while True:
            now = time.monotonic()
            for job in self._queue.due(now):
                self._observe(job, Observed.RETRY_DUE)
            if now >= self._not_before:
                if self._unsure:
                    await self._look_up()
                batch = self._take()
                if batch:
                    await self._submit(batch)
                    continue
            await self._sleep()

    def _take(self) -> list[Job]:
        batch = self._queue.take(self._free_slots())
        self.in_flight.update(batch)
        return batch

    async def _sleep(self) -> None:
        now = time.monotonic()
        due = [self._queue.next_due] if self._queue.next_due is not None else []
        if self._unsure or (self._queue and self._not_before > now):
            due.append(self._not_before)
        if not due:
            await self._wake.wait()
        else:
            with anyio.move_on_after(max(0.0, min(due) - now)):
                await self._wake.wait()
        self._wake.clear()

    def _linger(self) -> None:
        if self._scheduler.submit_interval:
            self._hold_for(min(self._scheduler.submit_interval, _LINGER))

    def _hold_for(self, seconds: float) -> None:
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    # --- what may be with the scheduler already ---

    async def _look_up(self) -> None:
        jobs = tuple(self._unsure)
        try:
            with call_limit(self._scheduler, len(jobs)):
                found = await self._scheduler.find_jobs(jobs)
                doomed = await self._finish_off(found)
        except SchedulerUnavailable as error:
            self._back_off(error, len(jobs), "looked up")
            return
        for job in jobs:
            if job in doomed:
                continue
            if job in found:
                del self._unsure[job]
                self._scheduler.follow(job, found[job])
                self._submitted(job, found[job])
            else:
                self._not_found(job, self._unsure[job])
        if self._unsure:
            self._hold_for(_LOOK_AGAIN)

    async def _finish_off(self, found: Mapping[Job, str]) -> Collection[Job]:
        """Kill those that a former run was killing before they had begun; they will not begin."""
        doomed = {job for job in found if is_given_up(job.claim)}
        untold = doomed - self._doomed
        for job in untold:
            job.uid = found[job]
        if untold:
            await self._scheduler.kill_jobs(tuple(untold))
            self._doomed |= untold
        return doomed

    def _not_found(self, job: Job, since: float) -> None:
        report = job.read_report()
        late = time.monotonic() - since >= self._scheduler.result_grace
        if report.rc is None and report.started and self._scheduler.shared_files and not late:
            return
        del self._unsure[job]
        self._clear_lock(job)
        if report.rc is not None:
            # It has ended since somebody last looked.
            self._accepted(job, job.uid or "")
            self._observe(job, Ended(report.rc, report.failure))
            return
        if report.started and not job.uid and not self._scheduler.finds_by_name:
            # It may well run, so that another attempt could run beside it.
            detail = (
                f"it started, its id was never known, and scheduler {self._scheduler.name!r} "
                f"can't look it up by name: it may still run"
            )
            self._accepted(job, "")
            self._observe(job, Ended(None, Failure(FailureKind.LOST, detail)))
            return
        job.uid, job.resumed = None, False
        if report.started or report.failure is not None or is_given_up(job.claim):
            # That attempt is over. One that never began keeps its claim: it may still be on its
            # way to the scheduler, and then only one of the two will run.
            job.token = ""
        self.in_flight.discard(job)
        self._observe(job, Observed.UNSENT)

    # --- one submission ---

    async def _submit(self, batch: list[Job]) -> None:
        batch = await self._prepared(batch)
        silent = dict.fromkeys(batch)
        failed: SubmitFailed | SubmitDoubtful | None = None
        no_answer = f"scheduler {self._scheduler.name!r} gave no answer"
        try:
            if batch:
                with call_limit(self._scheduler, len(batch)):
                    async for job, outcome in self._scheduler.submit_jobs(batch):
                        silent.pop(job, None)
                        failed = self._answered(job, outcome) or failed
        except SchedulerUnavailable as error:
            no_answer = str(error)
        for job in silent:
            failed = SubmitDoubtful(no_answer)
            self._not_submitted(job, failed)
        if failed is not None:
            self._back_off(failed, len(batch), "submitted")
        else:
            self._backoff.reset()
            if self._scheduler.submit_interval:
                self._hold_for(self._scheduler.submit_interval)

    def _answered(self, job: Job, outcome: object) -> SubmitFailed | SubmitDoubtful | None:
        """Take the outcome of a submission; return it when it calls for call_timeout."""
        if isinstance(outcome, str):
            self._submitted(job, outcome)
        elif isinstance(outcome, SubmitRejected):
            self._fail(job, FailureKind.REJECTED, str(outcome))
        elif isinstance(outcome, SubmitFailed | SubmitDoubtful):
            self._not_submitted(job, outcome)
            return outcome
        else:
            raise SchedulerError(
                f"scheduler {self._scheduler.name!r} gave {outcome!r} as the id of {job!r}, and an "
                f"id is a str"
            )
        return None

    async def _prepared(self, batch: list[Job]) -> list[Job]:
        """Write the intents, and return the jobs for which that succeeded."""
        if self._scheduler.shared_files:
            errors = await anyio.to_thread.run_sync(prepare, batch, self._scheduler)
        else:
            errors = prepare(batch, self._scheduler)
        if not errors:
            return batch
        for job, error in errors.items():
            self._fail(job, FailureKind.NEVER_STARTED, str(error))
        return [job for job in batch if job not in errors]

    # --- what becomes of it ---

    def _submitted(self, job: Job, uid: str) -> None:
        try:
            write_uid(job.folder, uid)
        except OSError as error:
            # The job is with the scheduler all the same; after a crash it has to be looked up.
            logger.warning("%r: its id %s can't be written down: %s", job, uid, error)
        self._accepted(job, uid)

    def _accepted(self, job: Job, uid: str) -> None:
        job.uid = uid
        self.in_flight.discard(job)
        self._observe(job, Observed.SUBMITTED)

    @staticmethod
    def _clear_lock(job: Job) -> None:
        try:
            clear_lock(job.folder)
        except OSError as error:
            logger.warning("%r: its lock can't be cleared: %s", job, error)

    def _fail(self, job: Job, kind: FailureKind, detail: str) -> None:
        self._observe(job, Ended(None, Failure(kind, detail), started=False))
        self.in_flight.discard(job)

    def _not_submitted(self, job: Job, error: SubmitFailed | SubmitDoubtful) -> None:
        if isinstance(error, SubmitDoubtful):
            self.put_unsure(job)
        else:
            self._observe(job, Observed.UNSENT)
            self.in_flight.discard(job)

    def _back_off(self, error: Exception, jobs: int, done: str) -> None:
        delay = self._backoff.next()
        self._hold_for(delay)
        logger.warning("%d jobs could not be %s, next try in %.1f s: %s", jobs, done, delay, error)
