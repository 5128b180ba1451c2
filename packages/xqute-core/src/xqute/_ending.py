"""Finding out how jobs have ended that the scheduler does not have any more."""

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
from xqute._job import Job, job_count
from xqute._records import JobRecord, Records
from xqute._report import Report
from xqute._scheduler import Scheduler
from xqute._status import JobStatus
from xqute._step import Ended, Observed

logger = logging.getLogger("xqute")

# Seconds that a scheduler may take to return accounting records.
_ACCOUNTS_AT_MOST = 60.0


class Ending:
    """Reads the results of jobs that are gone, and finds out why jobs have left none."""

    def __init__(
        self,
        scheduler: Scheduler[Any],
        records: Records,
        observe: Callable[[JobRecord, Observed | Ended], None],
        spawn: Callable[..., None],
        done: Callable[[], None],
    ) -> None:
        """Create the object. `conclude` does the work.

        Args:
            scheduler: The scheduler, which may have accounting records of the jobs.
            records: The records of the run. `gone` contains the jobs whose end is not known yet.
            observe: Called with the end of each job.
            spawn: Runs a coroutine function as a task of the run.
            done: Called when accounting records have arrived, since `due` may have changed.
        """
        self._scheduler = scheduler
        self._records = records
        self._observe = observe
        self._spawn = spawn
        self._done = done
        # Accounting records are requested in a task, so that nothing waits for them, and only one
        # request runs at a time.
        self._asking = False

    @property
    def due(self) -> float | None:
        """When the next result is overdue, in seconds of `time.monotonic`; None for never."""
        if self._asking or not self._records.gone:
            return None
        return min(map(_gone_since, self._records.gone.values())) + self._scheduler.result_grace

    async def conclude(self) -> None:
        """Read results. Ask for accounting records of jobs whose results are overdue."""
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

    # --- reading results ---

    def _read(self, records: Sequence[JobRecord]) -> list[tuple[Report, Usage | None]]:
        """Return the report of each job, and its usage if it has ended."""
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
        # NFS asks its server for changes when a folder is opened: nfs(5), "Close-to-open cache
        # consistency".
        try:
            os.listdir(folder)
        except OSError as error:
            logger.warning("the folder of a job can't be read: %s", error)

    def _usages(self, jobs: Iterable[Job]) -> dict[Job, Usage | None]:
        return {job: self._scheduler.usage(job) for job in jobs}

    # --- jobs without a result ---

    async def _explain(self, unclear: Mapping[Job, Report], gone: Mapping[Job, float]) -> None:
        """Report the end of jobs without a result. Skip jobs that have appeared again meanwhile."""
        accounts: Mapping[Job, Account] = {}
        try:
            with anyio.fail_after(_ACCOUNTS_AT_MOST):
                accounts = await self._scheduler.accounts(tuple(unclear))
        except (SchedulerUnavailable, TimeoutError) as error:
            count = job_count(len(unclear))
            logger.warning("no accounting records for %s without a result: %s", count, error)
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
        # Once the claim is taken here, no late copy of the script can start any more.
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
                f"it started and left no result, and scheduler {name!r} does not have it "
                f"(uid {job.uid})",
            )
        else:
            failure = Failure(
                FailureKind.NEVER_STARTED,
                f"it never started, and scheduler {name!r} does not have it (uid {job.uid})",
            )
        self._write_down(job, f"FAILED {failure.kind.value} {failure.detail}")
        return Ended(None, failure, started=started)

    # --- writing the end down ---

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
