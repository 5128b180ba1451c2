"""Delays that grow."""

from __future__ import annotations


class Backoff:
    """Delays in seconds that double from `first` up to `longest`."""

    def __init__(self, first: float, longest: float) -> None:
        self.first = first
        self.longest = longest
        self._next = 0.0

    def next(self) -> float:
        """Return the delay to wait now; the one after it is longer."""
        delay = self._next or self.first
        self._next = min(delay * 2, self.longest)
        return delay

    def reset(self) -> None:
        """Begin with `first` again."""
        self._next = 0.0
