"""How jobs that are gone from the scheduler have ended: by their results, or by evidence."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import anyio

from xqute._attempt_files import append_status, clear_lock
from xqute._claim import take_claim
from xqute._errors import SchedulerUnavailable
from xqute._failure import Account, Failure, FailureKind, Usage
from xqute._file_access import with_files
from xqute._job import Job
from xqute._records import JobRecord, Records
from xqute._report import Report
from xqute._scheduler import Scheduler
from xqute._status import JobStatus
from xqute._step import Ended, Observed

logger = logging.getLogger("xqute")

# Seconds.
_ACCOUNTS_AT_MOST = 60.0


class Ending:
    """Reads the results of jobs that are gone, and finds out why those without one have failed."""

    def __init__(
        self,
        scheduler: Scheduler[Any],
        records: Records,
        observe: Callable[[JobRecord, Observed | Ended], None],
        spawn: Callable[..., None],
        done: Callable[[], None],
    ) -> None:
        """Hold what is needed.

        Args:
            scheduler: Who may have accounts of the jobs.
            records: The records of the run; `gone` has the jobs whose end is looked for.
            observe: Is told how a job has ended.
            spawn: Runs a coroutine function as a task.
            done: Called when accounts were asked for, so that `due` may have changed.
        """
        self._scheduler = scheduler
        self._records = records
        self._observe = observe
        self._spawn = spawn
        self._done = done
        # Accounts are asked for once at a time, and nobody else waits for them.
        self._asking = False

    @property
    def due(self) -> float | None:
        """When a missing result is believed to be missing, by `time.monotonic`; None for never."""
        if self._asking or not self._records.gone:
            return None
        return min(map(_gone_since, self._records.gone.values())) + self._scheduler.result_grace

    async def conclude(self) -> None:
        """Read results, and ask for accounts of jobs that have left none for too long."""
        records = tuple(self._records.gone.values())
        read = await with_files(self._scheduler, self._read, records)
        late = time.monotonic() - self._scheduler.result_grace
        unclear: dict[Job, Report] = {}
        for record, (report, usage) in zip(records, read, strict=True):
            job = record.job
            if job not in self._records.gone:
                continue
            if usage is not None:
                job.attempt = job.attempt.with_usage(usage)
            if job.status is JobStatus.KILLING:
                self._take_claim(job)
                self._write_down(job, JobStatus.KILLED.value)
                self._end(record, Ended(report.rc))
            elif report.rc is not None:
                self._end(record, Ended(report.rc, report.failure))
            elif _gone_since(record) <= late or _error(record) is not None:
                unclear[job] = report
        if unclear and not self._asking:
            self._asking = True
            gone = {job: _gone_since(self._records.gone[job]) for job in unclear}
            self._spawn(self._explain, unclear, gone)

    # --- reading what jobs have left ---

    def _read(self, records: Sequence[JobRecord]) -> list[tuple[Report, Usage | None]]:
        """Return what jobs have left, and what those have used that are over."""
        read = []
        for record in records:
            job = record.job
            if self._scheduler.shared_files:
                self._refresh(job.folder)
            report = job.read_report()
            over = report.rc is not None or job.status is JobStatus.KILLING
            read.append((report, self._scheduler.usage(job) if over else None))
        return read

    @staticmethod
    def _refresh(folder: str) -> None:
        # Opening the folder makes NFS ask its server what is new in it: nfs(5), close-to-open.
        try:
            os.listdir(folder)
        except OSError as error:
            logger.warning("the folder of a job can't be read: %s", error)

    def _usages(self, jobs: Iterable[Job]) -> dict[Job, Usage | None]:
        return {job: self._scheduler.usage(job) for job in jobs}

    # --- jobs that left no result ---

    async def _explain(self, unclear: Mapping[Job, Report], gone: Mapping[Job, float]) -> None:
        """End jobs that left no result, with what evidence there is; not those that came back."""
        accounts: Mapping[Job, Account] = {}
        try:
            with anyio.fail_after(_ACCOUNTS_AT_MOST):
                accounts = await self._scheduler.accounts(tuple(unclear))
        except (SchedulerUnavailable, TimeoutError) as error:
            logger.warning("no accounts of %d lost jobs: %s", len(unclear), error)
        usages = await with_files(self._scheduler, self._usages, tuple(unclear))
        self._asking = False
        self._done()
        for job, report in unclear.items():
            record = self._records.gone.get(job)
            if record is None or _gone_since(record) != gone[job]:
                continue
            account = accounts.get(job, Account())
            job.attempt = job.attempt.with_usage(account.usage or usages[job])
            self._end(record, self._verdict(record, report, account))

    def _verdict(self, record: JobRecord, report: Report, account: Account) -> Ended:
        job = record.job
        # Whoever has the claim has the say: once it is taken here, no late copy can start.
        taken_here = self._take_claim(job)
        started = report.started or (report.failure is None and not taken_here)
        error = _error(record)
        name = self._scheduler.name
        if error is not None:
            failure = Failure(FailureKind.NEVER_STARTED, error)
        elif report.failure is not None:
            failure = report.failure
        elif account.failure is not None:
            failure = account.failure
        elif started:
            failure = Failure(
                FailureKind.LOST,
                f"it started, left no result, and scheduler {name!r} does not have it "
                f"(uid {job.uid})",
            )
        else:
            failure = Failure(
                FailureKind.NEVER_STARTED,
                f"it never started, and scheduler {name!r} does not have it (uid {job.uid})",
            )
        self._write_down(job, f"FAILED {failure.kind.value} {failure.detail}")
        return Ended(None, failure, started=started)

    # --- the last words ---

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

    def _end(self, record: JobRecord, ended: Ended) -> None:
        try:
            clear_lock(record.job.folder)
        except OSError as error:
            logger.warning("%r: its lock can't be cleared: %s", record.job, error)
        self._observe(record, ended)


def _gone_since(record: JobRecord) -> float:
    if record.submission is None or record.submission.gone_since is None:
        return math.inf
    return record.submission.gone_since


def _error(record: JobRecord) -> str | None:
    return None if record.submission is None else record.submission.error
