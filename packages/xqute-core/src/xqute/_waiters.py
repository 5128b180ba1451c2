"""Who waits for which job, and for the end of all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from xqute._status import JobStatus

if TYPE_CHECKING:
    from xqute._job import Job


class Waiters:
    """Those who wait: for one job, for a kill, for each job that settles, for all of them.

    A job is open from its push until it is settled: final, with its hooks returned.

    Attributes:
        idle: Set while no job is open, and for good once `leave` was called.
    """

    def __init__(self) -> None:
        self.idle = asyncio.Event()
        self.idle.set()
        self._open = 0
        self._jobs: dict[Job, asyncio.Event] = {}
        self._kills: dict[Job, list[asyncio.Future[bool]]] = {}
        self._listeners: list[Callable[[Job | None], None]] = []

    def opened(self) -> None:
        """There is one more open job."""
        self._open += 1
        self.idle.clear()

    def closed(self, job: Job) -> None:
        """A job is open no more, settled or not."""
        self.answer_kills(job, killed=job.status in (JobStatus.KILLED, JobStatus.CANCELLED))
        self._open -= 1
        if not self._open:
            self.idle.set()

    def mark_settled(self, job: Job) -> None:
        """An open job is settled: tell all that wait for that."""
        if (event := self._jobs.pop(job, None)) is not None:
            event.set()
        for listener in self._listeners:
            listener(job)
        self.closed(job)

    def leave(self) -> None:
        """No job will be settled from now on."""
        self.idle.set()
        for event in self._jobs.values():
            event.set()
        for job in tuple(self._kills):
            self.answer_kills(job, killed=False)
        for listener in self._listeners:
            listener(None)

    async def wait_for(self, job: Job) -> None:
        """Wait until an open job is settled, or `leave` is called."""
        await self._jobs.setdefault(job, asyncio.Event()).wait()

    def kill_asked(self, job: Job) -> asyncio.Future[bool]:
        """Return what will say whether an open job was killed."""
        killed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._kills.setdefault(job, []).append(killed)
        return killed

    def answer_kills(self, job: Job, *, killed: bool) -> None:
        """Tell those who wanted a job killed whether it was."""
        for future in self._kills.pop(job, ()):
            if not future.done():
                future.set_result(killed)

    def listen(self, listener: Callable[[Job | None], None]) -> Callable[[], None]:
        """Have `listener` called with each job that settles, and with None when no more will.

        Returns:
            What ends that.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
