"""The jobs that wait: for a slot, or for another attempt."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from xqute._status import JobStatus

if TYPE_CHECKING:
    from xqute._job import Job


class Queue:
    """Jobs in the order in which they get a slot; true while there is one that may.

    A job that is cancelled stays until it is met: its state says that it does not wait any more.
    """

    def __init__(self) -> None:
        self._first_time: deque[Job] = deque()
        # Those that have had a slot before; they go first.
        self._again: deque[Job] = deque()
        # Those whose delay is not over: when it is, their index, the job.
        self._delayed: list[tuple[float, int, Job]] = []

    def __bool__(self) -> bool:
        return bool(self._again or self._first_time)

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs that wait, in order."""
        slot = chain(self._again, self._first_time)
        later = (job for _, _, job in self._delayed if job.status is JobStatus.RETRYING)
        return (*(job for job in slot if job.status is JobStatus.QUEUED), *later)

    @property
    def next_due(self) -> float | None:
        """When the next delay is over, on the monotonic clock; None when none goes on."""
        return self._delayed[0][0] if self._delayed else None

    def put(self, job: Job, *, first: bool = False) -> None:
        """Let a job wait for a slot: after all others, or `first`, before those that had none."""
        (self._again if first else self._first_time).append(job)

    def put_later(self, job: Job, due: float) -> None:
        """Hold a job back until `due`, on the monotonic clock."""
        heapq.heappush(self._delayed, (due, job.index, job))

    def due(self, now: float) -> Iterator[Job]:
        """Take out the jobs whose delay is over."""
        while self._delayed and self._delayed[0][0] <= now:
            yield heapq.heappop(self._delayed)[2]

    def take(self, most: int) -> list[Job]:
        """Take out so many jobs that wait for a slot, or fewer."""
        taken: list[Job] = []
        while (queue := self._again or self._first_time) and len(taken) < most:
            job = queue.popleft()
            if job.status is JobStatus.QUEUED:
                taken.append(job)
        return taken
