"""How often a scheduler is asked for the states of jobs."""

from __future__ import annotations

import time
from typing import Any

from xqute._scheduler import Scheduler

# While nothing changes each interval is so many times as long as the one before.
_GROWTH = 1.5
# Status queries take at most this part of the time.
_SHARE = 0.2


class PollInterval:
    """The time between two status queries: short while jobs change, longer and longer while not.

    Attributes:
        seconds: The time from the end of one query to the next.
    """

    def __init__(self, scheduler: Scheduler[Any]) -> None:
        """Begin with the shortest interval of the scheduler."""
        self.seconds = scheduler.min_interval
        self._scheduler = scheduler
        self._asked = 0.0

    @property
    def due(self) -> float:
        """When the next query is due, by `time.monotonic`."""
        return self._asked + self.seconds

    def asked(self) -> None:
        """A query has ended just now."""
        self._asked = time.monotonic()

    def shorten(self) -> None:
        """Begin with the shortest again: a job was just submitted or killed."""
        self.seconds = self._scheduler.min_interval

    def unanswered(self) -> None:
        """The last query had no answer."""
        self.seconds = min(self.seconds * 2, self._scheduler.max_interval)

    def answered(self, *, changed: bool, took: float) -> None:
        """The last query had an answer.

        Args:
            changed: Whether it told of a change.
            took: Seconds that it took.
        """
        shortest, longest = self._scheduler.min_interval, self._scheduler.max_interval
        following = shortest if changed else min(self.seconds * _GROWTH, longest)
        self.seconds = max(following, took / _SHARE)
