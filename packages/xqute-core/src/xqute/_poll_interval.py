"""The time between two status queries."""

from __future__ import annotations

import time
from typing import Any

from xqute._scheduler import Scheduler

# While nothing changes, each interval is longer than the last one by this factor.
_GROWTH = 1.5
# A query may take at most this share of an interval, so that slow schedulers are asked less often.
_SHARE = 0.2


class PollInterval:
    """The time between two status queries. It grows while no job changes its state.

    Attributes:
        seconds: The time from the end of one query to the start of the next.
    """

    def __init__(self, scheduler: Scheduler[Any]) -> None:
        """Start with the shortest interval of the scheduler."""
        self.seconds = scheduler.min_interval
        self._scheduler = scheduler
        self._asked = 0.0

    @property
    def due(self) -> float:
        """When the next query is due, in seconds of `time.monotonic`."""
        return self._asked + self.seconds

    def asked(self) -> None:
        """Note that a query has just ended."""
        self._asked = time.monotonic()

    def shorten(self) -> None:
        """Return to the shortest interval, since a job was just submitted or killed."""
        self.seconds = self._scheduler.min_interval

    def unanswered(self) -> None:
        """Double the interval, since the last query had no answer."""
        self.seconds = min(self.seconds * 2, self._scheduler.max_interval)

    def answered(self, *, changed: bool, took: float) -> None:
        """Choose the next interval after a query that was answered.

        Args:
            changed: Whether a job has changed its state.
            took: The seconds that the query took.
        """
        shortest, longest = self._scheduler.min_interval, self._scheduler.max_interval
        following = shortest if changed else min(self.seconds * _GROWTH, longest)
        self.seconds = max(following, took / _SHARE)
