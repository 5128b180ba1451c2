"""The clock of a cell, which a test may stop and move, and its timers."""

from __future__ import annotations

import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Timer:
    """Something to do at a certain time, unless it is cancelled."""

    __slots__ = ("action", "cancelled")

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """Do not run it."""
        self.cancelled = True


class Clock:
    """The time of a cell: that of the machine, until a test moves or stops it."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped_at: float | None = None
        self._due: list[tuple[float, int, Timer]] = []
        self._numbers = count()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time() + self._ahead if self._stopped_at is None else self._stopped_at

    def stop(self) -> None:
        """Stop the clock; only `advance` moves it then."""
        self._stopped_at = self.now()

    def start(self) -> None:
        """Let the clock run on from the time that it shows."""
        if self._stopped_at is not None:
            self._ahead = self._stopped_at - time.time()
            self._stopped_at = None

    def advance(self, seconds: float) -> None:
        """Move the clock forward, and run the timers on the way, each at its own time."""
        was_running = self._stopped_at is None
        now = self.now()
        end = now + seconds
        while self._due and self._due[0][0] <= end:
            now = self._stopped_at = max(now, self._due[0][0])
            self.run_due()
        self._stopped_at = end
        if was_running:
            self.start()

    def call_in(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Start a timer that calls `action` in that many seconds."""
        timer = Timer(action)
        heappush(self._due, (self.now() + seconds, next(self._numbers), timer))
        return timer

    def run_due(self) -> None:
        """Run all timers that are due."""
        now = self.now()
        while self._due and self._due[0][0] <= now:
            timer = heappop(self._due)[2]
            if not timer.cancelled:
                timer.action()

    def wait(self) -> float | None:
        """Return the seconds until a timer is due, None if the clock alone will bring none."""
        while self._due and self._due[0][2].cancelled:
            heappop(self._due)
        if not self._due or self._stopped_at is not None:
            return None
        return max(0.0, self._due[0][0] - self.now())
