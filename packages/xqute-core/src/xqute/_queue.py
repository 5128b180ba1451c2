"""The jobs that wait for a slot or for their next attempt."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from itertools import chain

from xqute._job import Job
from xqute._records import JobRecord
from xqute._status import JobStatus


class Queue:
    """The jobs that wait, in the order in which they get a slot. True while a job waits for one.

    A job that is cancelled stays in the queue. It is dropped when its turn comes.
    """

    def __init__(self) -> None:
        self._first_time: deque[JobRecord] = deque()
        # Jobs that have had a slot before. They go first.
        self._again: deque[JobRecord] = deque()
        # Jobs that wait for the end of a delay: its time, the index of the job, and its record.
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
        """When the next delay ends, in seconds of `time.monotonic`; None if no job is delayed."""
        return self._delayed[0][0] if self._delayed else None

    def put(self, record: JobRecord, *, first: bool = False) -> None:
        """Add a job to the queue.

        Args:
            record: The record of the job.
            first: Whether it goes before all jobs that have not had a slot yet.
        """
        (self._again if first else self._first_time).append(record)

    def put_later(self, record: JobRecord, due: float) -> None:
        """Hold a job back until `due`, in seconds of `time.monotonic`."""
        heapq.heappush(self._delayed, (due, record.job.index, record))

    def due(self, now: float) -> Iterator[JobRecord]:
        """Remove the jobs whose delay is over, and yield their records."""
        while self._delayed and self._delayed[0][0] <= now:
            yield heapq.heappop(self._delayed)[2]

    def take(self, most: int) -> list[JobRecord]:
        """Remove up to `most` jobs that wait for a slot, and return their records."""
        taken: list[JobRecord] = []
        while (queue := self._again or self._first_time) and len(taken) < most:
            record = queue.popleft()
            if record.job.status is JobStatus.QUEUED:
                taken.append(record)
        return taken
