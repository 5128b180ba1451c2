"""The delays after failed calls of a scheduler."""

from __future__ import annotations

from typing import Any

from xqute._scheduler import Scheduler


class Backoff:
    """Delays that double from the scheduler's `first_backoff` up to its `longest_backoff`."""

    def __init__(self, scheduler: Scheduler[Any]) -> None:
        self._scheduler = scheduler
        self._next = 0.0

    def next(self) -> float:
        """Return the seconds to wait now, and double the next delay."""
        delay = self._next or self._scheduler.first_backoff
        self._next = min(delay * 2, self._scheduler.longest_backoff)
        return delay

    def reset(self) -> None:
        """Start again with the shortest delay."""
        self._next = 0.0
