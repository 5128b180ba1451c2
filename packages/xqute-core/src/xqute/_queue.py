"""The jobs that wait: for a slot, or for another attempt."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from itertools import chain

from xqute._job import Job
from xqute._records import JobRecord
from xqute._status import JobStatus


class Queue:
    """Jobs in the order in which they get a slot; true while there is one that may.

    A job that is cancelled stays until it is met: its state says that it does not wait any more.
    """

    def __init__(self) -> None:
        self._first_time: deque[JobRecord] = deque()
        # Those that have had a slot before; they go first.
        self._again: deque[JobRecord] = deque()
        # Those whose delay is not over: when it is, the index of the job, its record.
        self._delayed: list[tuple[float, int, JobRecord]] = []

    def __bool__(self) -> bool:
        return bool(self._again or self._first_time)

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs that wait, in order."""
        records = chain(self._again, self._first_time)
        slot = (record.job for record in records if record.job.status is JobStatus.QUEUED)
        delayed = (record.job for _, _, record in self._delayed)
        return (*slot, *(job for job in delayed if job.status is JobStatus.RETRYING))

    @property
    def next_due(self) -> float | None:
        """When the next delay is over, on the monotonic clock; None when none goes on."""
        return self._delayed[0][0] if self._delayed else None

    def put(self, record: JobRecord, *, first: bool = False) -> None:
        """Let a job wait for a slot: after all others, or `first`, before those that had none."""
        (self._again if first else self._first_time).append(record)

    def put_later(self, record: JobRecord, due: float) -> None:
        """Hold a job back until `due`, on the monotonic clock."""
        heapq.heappush(self._delayed, (due, record.job.index, record))

    def due(self, now: float) -> Iterator[JobRecord]:
        """Take out the jobs whose delay is over."""
        while self._delayed and self._delayed[0][0] <= now:
            yield heapq.heappop(self._delayed)[2]

    def take(self, most: int) -> list[JobRecord]:
        """Take out so many jobs that wait for a slot, or fewer."""
        taken: list[JobRecord] = []
        while (queue := self._again or self._first_time) and len(taken) < most:
            record = queue.popleft()
            if record.job.status is JobStatus.QUEUED:
                taken.append(record)
        return taken
