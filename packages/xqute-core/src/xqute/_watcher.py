"""What the scheduler and the files say of jobs that were submitted."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import anyio

from xqute._attempt_files import append_status, clear_lock
from xqute._call_limit import call_limit
from xqute._claim import take_claim
from xqute._errors import SchedulerUnavailable
from xqute._failure import Account, Failure, FailureKind
from xqute._queue_state import InError, QueueState
from xqute._report import Report
from xqute._status import JobStatus
from xqute._step import Ended, Observed

if TYPE_CHECKING:
    from xqute._job import Job
    from xqute._scheduler import Scheduler

logger = logging.getLogger("xqute")

# While nothing changes each interval is this much longer than the one before.
_GROWTH = 1.5
# The scheduler is not asked for more than this part of the time.
_SHARE = 0.2
# Seconds.
_ACCOUNTS_AT_MOST = 60.0


class Watcher:
    """Asks the scheduler, reads the results of jobs that are gone, and tells what it has seen."""

    def __init__(
        self,
        scheduler: Scheduler,
        active: Collection[Job],
        observe: Callable[[Job, Observed | Ended], None],
        kill: Callable[[Job], None],
        start: Callable[..., None],
    ) -> None:
        """Make it.

        Args:
            scheduler: Whom to ask.
            active: The jobs that are submitted and not ended, as they come and go.
            observe: Is told what was seen of a job.
            kill: Is told of jobs that the scheduler is to be rid of.
            start: Runs a coroutine function as a task.
        """
        self._scheduler = scheduler
        self._active = active
        self._observe = observe
        self._kill = kill
        self._start = start
        # Jobs that left the scheduler and have no result yet, and since when.
        self._gone: dict[Job, float] = {}
        self._broken: dict[Job, str] = {}
        # Whether accounts are being asked for: once at a time, and nobody else waits for them.
        self._explaining = False
        self._interval = scheduler.min_interval
        self._asked = 0.0
        # Whether the last answer was none: then it is asked again, whatever the scheduler says.
        self._unanswered = False
        self._wake = asyncio.Event()

    def hurry(self) -> None:
        """Something was just submitted or killed: ask at short intervals again."""
        if self._scheduler.polls:
            self._interval = self._scheduler.min_interval
            self._wake.set()
        else:
            # What it had to say of a job whose id was not known yet went unheard.
            self._scheduler.changed.set()

    async def run(self) -> None:
        """Watch, for ever."""
        while True:
            await self._next_time()
            if not self._active:
                self._gone.clear()
                continue
            began = time.monotonic()
            # A scheduler that asks somewhere waits, and the jobs change meanwhile.
            jobs = tuple(self._active) if self._scheduler.polls else self._active
            try:
                with call_limit(self._scheduler, len(jobs)):
                    states = await self._scheduler.job_states(jobs)
            except SchedulerUnavailable as error:
                self._interval = min(self._interval * 2, self._scheduler.max_interval)
                logger.warning(
                    "scheduler %r can't be asked, next try in %.1f s: %s",
                    self._scheduler.name, self._interval, error,
                )  # fmt: skip
                self._unanswered = True
            else:
                self._unanswered = False
                changed = self._see(states)
                self._adapt(changed, time.monotonic() - began)
            self._asked = time.monotonic()
            if self._gone:
                await self._conclude()

    # --- when to ask ---

    async def _next_time(self) -> None:
        """Return when the scheduler should be asked: it has news, or an interval is over."""
        changed = self._scheduler.changed
        while not changed.is_set():
            due = self._due()
            if due is None and not self._scheduler.polls:
                await changed.wait()
            elif due is None:
                await self._first_of(changed, self._wake)
            elif (left := due - time.monotonic()) > 0:
                with anyio.move_on_after(left):
                    await self._first_of(changed, self._wake)
            else:
                break
            self._wake.clear()
        changed.clear()

    def _due(self) -> float | None:
        late = self._gone.values() if not self._explaining else ()
        due = [min(late) + self._scheduler.result_grace] if late else []
        if self._active and (self._scheduler.polls or self._unanswered):
            due.append(self._asked + self._interval)
        return min(due, default=None)

    @staticmethod
    async def _first_of(*events: asyncio.Event) -> None:
        async with anyio.create_task_group() as tasks:

            async def wait(event: asyncio.Event) -> None:
                await event.wait()
                tasks.cancel_scope.cancel()

            for event in events:
                tasks.start_soon(wait, event)

    def _adapt(self, changed: bool, took: float) -> None:
        low, high = self._scheduler.min_interval, self._scheduler.max_interval
        interval = low if changed else min(self._interval * _GROWTH, high)
        self._interval = max(interval, took / _SHARE)

    # --- what was seen ---

    def _see(self, states: Mapping[Job, QueueState | InError]) -> bool:
        changed = False
        for job, state in states.items():
            if job not in self._active:
                continue
            if state is QueueState.GONE:
                changed |= job not in self._gone
                self._gone.setdefault(job, time.monotonic())
                continue
            self._gone.pop(job, None)
            if isinstance(state, InError):
                changed |= job not in self._broken
                self._broken[job] = state.reason
                self._kill(job)
            elif state is QueueState.RUNNING:
                self._broken.pop(job, None)
                changed |= job.status is JobStatus.SUBMITTED
                self._observe(job, Observed.RUNNING)
        return changed

    # --- jobs that are gone ---

    async def _conclude(self) -> None:
        jobs = [job for job in self._gone if job in self._active]
        self._gone = {job: self._gone[job] for job in jobs}
        if self._scheduler.shared_files:
            reports = await anyio.to_thread.run_sync(self._read, jobs)
        else:
            reports = self._read(jobs)
        late = time.monotonic() - self._scheduler.result_grace
        unclear: dict[Job, Report] = {}
        for job, report in reports.items():
            if job.status is JobStatus.KILLING:
                if report.rc is None:
                    job.usage = self._scheduler.usage(job)
                self._take_claim(job)
                self._write_down(job, JobStatus.KILLED.value)
                self._end(job, Ended(report.rc))
            elif report.rc is not None:
                self._end(job, Ended(report.rc, report.failure))
            elif self._gone[job] <= late or job in self._broken:
                unclear[job] = report
        if unclear and not self._explaining:
            self._explaining = True
            self._start(self._explain, unclear, dict(self._gone))

    def _read(self, jobs: Sequence[Job]) -> dict[Job, Report]:
        reports = {}
        for job in jobs:
            if self._scheduler.shared_files:
                self._look_again(job.folder)
            reports[job] = report = job.read_report()
            if report.rc is not None:
                job.usage = self._scheduler.usage(job)
        return reports

    @staticmethod
    def _look_again(folder: str) -> None:
        # Opening the folder makes NFS ask its server what is new in it: nfs(5), close-to-open.
        try:
            os.listdir(folder)
        except OSError as error:
            logger.warning("the folder of a job can't be read: %s", error)

    async def _explain(self, unclear: Mapping[Job, Report], gone: Mapping[Job, float]) -> None:
        """End jobs that left no result, with what evidence there is; not those that came back."""
        accounts: Mapping[Job, Account] = {}
        try:
            with anyio.fail_after(_ACCOUNTS_AT_MOST):
                accounts = await self._scheduler.accounts(tuple(unclear))
        except (SchedulerUnavailable, TimeoutError) as error:
            logger.warning("no accounts of %d lost jobs: %s", len(unclear), error)
        self._explaining = False
        self._wake.set()
        for job, report in unclear.items():
            if job not in self._active or self._gone.get(job) != gone[job]:
                continue
            account = accounts.get(job, Account())
            job.usage = account.usage or self._scheduler.usage(job)
            self._end(job, self._verdict(job, report, account))

    def _verdict(self, job: Job, report: Report, account: Account) -> Ended:
        # Whoever has the claim has the say: once it is taken here, no late copy can start.
        taken_here = self._take_claim(job)
        started = report.started or (report.failure is None and not taken_here)
        if job in self._broken:
            failure = Failure(FailureKind.NEVER_STARTED, self._broken[job])
        elif report.failure is not None:
            failure = report.failure
        elif account.failure is not None:
            failure = account.failure
        elif started:
            failure = Failure(
                FailureKind.LOST,
                f"it started, left no result, and scheduler {self._scheduler.name!r} does not have "
                f"it (uid {job.uid})",
            )
        else:
            failure = Failure(
                FailureKind.NEVER_STARTED,
                f"it never started, and scheduler {self._scheduler.name!r} does not have it "
                f"(uid {job.uid})",
            )
        self._write_down(job, f"FAILED {failure.kind.value} {failure.detail}")
        return Ended(None, failure, started=started)

    @staticmethod
    def _take_claim(job: Job) -> bool:
        try:
            return take_claim(job.claim)
        except OSError as error:
            logger.warning("%r: its claim can't be taken: %s", job, error)
            return True

    @staticmethod
    def _write_down(job: Job, status: str) -> None:
        try:
            append_status(job.folder, status)
        except OSError as error:
            logger.warning("%r: its status can't be written: %s", job, error)

    def _end(self, job: Job, ended: Ended) -> None:
        del self._gone[job]
        self._broken.pop(job, None)
        try:
            clear_lock(job.folder)
        except OSError as error:
            logger.warning("%r: its lock can't be cleared: %s", job, error)
        self._observe(job, ended)
