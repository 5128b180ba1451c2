"""Kills, many at once, and again while a job does not go."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import anyio

from xqute._backoff import Backoff
from xqute._call_limit import call_limit
from xqute._claim import take_claim
from xqute._errors import SchedulerUnavailable

if TYPE_CHECKING:
    from xqute._job import Job
    from xqute._scheduler import Scheduler

logger = logging.getLogger("xqute")

# Seconds.
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 60.0
#: A job that was killed, and is still there after this, is killed again.
_AGAIN_AFTER = 60.0
# Of more jobs than this, a warning does not name the others.
_SHOWN = 10


class Killer:
    """Has the scheduler kill jobs, until they are gone."""

    def __init__(self, scheduler: Scheduler) -> None:
        """Make it."""
        self._scheduler = scheduler
        # The jobs to be killed, and when next.
        self._due: dict[Job, float] = {}
        # Those among them that the scheduler was told to kill.
        self._told: set[Job] = set()
        self._backoff = Backoff(_FIRST_BACKOFF, _LONGEST_BACKOFF)
        self._wake = asyncio.Event()

    def put(self, job: Job) -> None:
        """Have `job` killed."""
        if job not in self._due:
            self._due[job] = 0.0
            self._wake.set()

    def discard(self, job: Job) -> None:
        """The attempt has ended."""
        self._due.pop(job, None)
        self._told.discard(job)

    async def run(self) -> None:
        """Kill, for ever."""
        while True:
            now = time.monotonic()
            batch = [job for job, due in self._due.items() if due <= now]
            if batch:
                await self._kill(batch)
            await self._sleep()

    async def _kill(self, batch: list[Job]) -> None:
        still_there = [job for job in batch if job in self._told]
        if still_there:
            logger.warning(
                "%d jobs are still there though they were killed, and are killed again: %s",
                len(still_there), " ".join([str(job.uid) for job in still_there[:_SHOWN]]),
            )  # fmt: skip
        # First, so that one whose script has not begun never will, even if the scheduler starts it
        # now, and the kill comes too early for the process to be there.
        if self._scheduler.shared_files:
            await anyio.to_thread.run_sync(self._give_up, batch)
        else:
            self._give_up(batch)
        try:
            with call_limit(self._scheduler, len(batch)):
                await self._scheduler.kill_jobs(batch)
        except SchedulerUnavailable as error:
            delay = self._backoff.next()
            logger.warning("%d jobs not killed, next try in %.1f s: %s", len(batch), delay, error)
        else:
            delay = _AGAIN_AFTER
            self._backoff.reset()
            self._told.update(batch)
        again = time.monotonic() + delay
        for job in batch:
            if job in self._due:
                self._due[job] = again

    @staticmethod
    def _give_up(batch: Sequence[Job]) -> None:
        for job in batch:
            try:
                take_claim(job.claim)
            except OSError as error:
                logger.warning("%r: its claim can't be taken: %s", job, error)

    async def _sleep(self) -> None:
        left = min(self._due.values()) - time.monotonic() if self._due else None
        with anyio.move_on_after(left if left is None else max(0.0, left)):
            await self._wake.wait()
        self._wake.clear()
