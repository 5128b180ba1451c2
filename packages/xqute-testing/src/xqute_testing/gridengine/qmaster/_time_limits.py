"""The time limits of running tasks: h_rt and s_rt."""

from __future__ import annotations

import signal
from collections.abc import Callable

from ._clock import Clock, Timer
from ._job import Task
from ._resources import amount
from .execd._execd import Execd


class TimeLimits:
    """Kills a task at the end of its h_rt, and sends it SIGUSR1 at the end of its s_rt."""

    def __init__(self, clock: Clock, execd: Execd) -> None:
        self._clock = clock
        self._execd = execd
        self._timers: dict[Task, list[Timer]] = {}

    def start(self, task: Task) -> None:
        """Start the limits that a task was submitted with."""
        timers = []
        for name, value in task.job.submission.resources.items():
            seconds = amount("TIME", value) if name in ("h_rt", "s_rt") and value else None
            if seconds is not None and seconds != float("inf"):
                action = self._killing(task) if name == "h_rt" else self._warning(task)
                timers.append(self._clock.call_in(seconds, action))
        if timers:
            self._timers[task] = timers

    def cancel(self, task: Task) -> None:
        """Forget the limits of a task that no longer runs."""
        for timer in self._timers.pop(task, ()):
            timer.cancel()

    def enforce(self, task: Task) -> None:
        """Kill a task as the end of its h_rt does."""
        task.overdue = True
        self._execd.signal(task, signal.SIGKILL)

    def _killing(self, task: Task) -> Callable[[], None]:
        return lambda: self.enforce(task)

    def _warning(self, task: Task) -> Callable[[], None]:
        return lambda: self._execd.signal(task, signal.SIGUSR1)
