"""The time of the cell, which a test may stop and move, and what is to be done at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Timer:
    """Something that is to be done at a time, unless it is called off."""

    __slots__ = ("action", "off")

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action
        self.off = False

    def cancel(self) -> None:
        """Call it off."""
        self.off = True


class Clock:
    """The time of the cell: that of the machine, until it is moved or stopped."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped_at: float | None = None
        self._due: list[tuple[float, int, Timer]] = []
        self._numbers = count()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time() + self._ahead if self._stopped_at is None else self._stopped_at

    def stop(self) -> None:
        """Have it stand still but for `advance`."""
        self._stopped_at = self.now()

    def go(self) -> None:
        """Have it go on from where it is."""
        if self._stopped_at is not None:
            self._ahead = self._stopped_at - time.time()
            self._stopped_at = None

    def advance(self, seconds: float) -> None:
        """Move it forward; what becomes due is done in its order, each at its own time."""
        was_going = self._stopped_at is None
        now = self.now()
        end = now + seconds
        while self._due and self._due[0][0] <= end:
            now = self._stopped_at = max(now, self._due[0][0])
            self.run_due()
        self._stopped_at = end
        if was_going:
            self.go()

    def call_in(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Have something done in that many seconds."""
        timer = Timer(action)
        heappush(self._due, (self.now() + seconds, next(self._numbers), timer))
        return timer

    def run_due(self) -> None:
        """Do all that is due."""
        now = self.now()
        while self._due and self._due[0][0] <= now:
            timer = heappop(self._due)[2]
            if not timer.off:
                timer.action()

    def wait(self) -> float | None:
        """Return the seconds until something is due, None when nothing will be by itself."""
        while self._due and self._due[0][2].off:
            heappop(self._due)
        if not self._due or self._stopped_at is not None:
            return None
        return max(0.0, self._due[0][0] - self.now())
