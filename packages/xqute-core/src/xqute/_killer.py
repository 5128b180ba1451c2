"""Killing jobs: many with one call, and again if a job does not end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import anyio

from xqute._backoff import Backoff
from xqute._call_limit import call_limit
from xqute._claim import take_claim
from xqute._errors import SchedulerUnavailable
from xqute._file_access import with_files
from xqute._job import Job, job_count
from xqute._records import JobRecord, Records
from xqute._scheduler import Scheduler

logger = logging.getLogger("xqute")

# A warning names no more jobs than this.
_NAMED = 10


class Killer:
    """Tells the scheduler to kill jobs, until they are gone."""

    def __init__(self, scheduler: Scheduler[Any], records: Records) -> None:
        """Create a killer. `run` starts it.

        Args:
            scheduler: The scheduler that is told to kill jobs.
            records: The records of the run. `to_kill` contains the jobs to kill.
        """
        self._scheduler = scheduler
        self._records = records
        self._backoff = Backoff(scheduler)
        self._wake = asyncio.Event()

    def put(self, record: JobRecord) -> None:
        """Kill a job, unless it is being killed already."""
        if self._records.want_killed(record):
            self._wake.set()

    async def run(self) -> None:
        """Kill jobs until cancelled."""
        while True:
            now = time.monotonic()
            due = [record for record in self._records.to_kill.values() if _due(record) <= now]
            if due:
                await self._kill(due)
            await self._sleep()

    async def _kill(self, records: Sequence[JobRecord]) -> None:
        self._warn_of_repeated_kills(records)
        jobs = [record.job for record in records]
        # The claims are taken first. A script that has not begun then never runs the command, even
        # if the scheduler starts it at this moment and the kill comes too early for its process.
        await with_files(self._scheduler, self._take_claims, jobs)
        try:
            with call_limit(self._scheduler, len(jobs)):
                await self._scheduler.kill_jobs(jobs)
        except SchedulerUnavailable as error:
            delay, sent = self._backoff.next(), False
            logger.warning(
                "%s could not be killed, next try in %.1f s: %s", job_count(len(jobs)), delay, error
            )
        else:
            delay, sent = self._scheduler.kill_again_after, True
            self._backoff.reset()
        again = time.monotonic() + delay
        for record in records:
            # A job that has ended meanwhile has no submission any more.
            if (submission := record.submission) is not None and submission.kill_due is not None:
                submission.kill_due = again
                submission.kill_sent |= sent

    @staticmethod
    def _warn_of_repeated_kills(records: Sequence[JobRecord]) -> None:
        still_there = [
            r.job for r in records if r.submission is not None and r.submission.kill_sent
        ]
        if still_there:
            logger.warning(
                "%s did not end after being killed, and will be killed again: %s",
                job_count(len(still_there)),
                " ".join([str(job.uid) for job in still_there[:_NAMED]]),
            )  # fmt: skip

    @staticmethod
    def _take_claims(jobs: Sequence[Job]) -> None:
        for job in jobs:
            try:
                take_claim(job.claim)
            except OSError as error:
                logger.warning("%r: its claim can't be taken: %s", job, error)

    async def _sleep(self) -> None:
        """Sleep until the next job is to be killed."""
        due = min(map(_due, self._records.to_kill.values()), default=None)
        with anyio.move_on_after(None if due is None else max(0.0, due - time.monotonic())):
            await self._wake.wait()
        self._wake.clear()


def _due(record: JobRecord) -> float:
    """Return when to kill the job, in seconds of `time.monotonic`; infinity if it is gone."""
    if record.submission is None or record.submission.kill_due is None:
        return float("inf")
    return record.submission.kill_due
