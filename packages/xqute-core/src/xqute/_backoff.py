"""The delays after calls to a scheduler that failed."""

from __future__ import annotations

from typing import Any

from xqute._scheduler import Scheduler


class Backoff:
    """Delays that double from the scheduler's `first_backoff` up to its `longest_backoff`."""

    def __init__(self, scheduler: Scheduler[Any]) -> None:
        self._scheduler = scheduler
        self._next = 0.0

    def next(self) -> float:
        """Return the seconds to wait now; the delay after that is longer."""
        delay = self._next or self._scheduler.first_backoff
        self._next = min(delay * 2, self._scheduler.longest_backoff)
        return delay

    def reset(self) -> None:
        """Begin with the first delay again."""
        self._next = 0.0
