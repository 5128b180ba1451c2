"""Decides which waiting task starts when, and on which host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import islice

from ._clock import Clock
from ._config import Config
from ._job import Job, Task
from ._resources import MEMORY_OF_HOST, amount

# How many tasks one run starts at most.
_AT_ONCE = 16


class Dispatcher:
    """Gives tasks to hosts: those of higher priority first, then by number.

    It costs little while nothing can start: it stops at the first job when no slot is free, and
    does nothing at all when nothing has changed.

    Attributes:
        changed: Whether a task may be able to start that was not before.
        disabled: The hosts that take no tasks.
    """

    def __init__(self, config: Config, clock: Clock, start: Callable[[Task, str], None]) -> None:
        self._config = config
        self._clock = clock
        self._start = start
        self._waiting: dict[int, Job] = {}
        self.changed = False
        self.disabled: set[str] = set()
        # Whether `_waiting` is sorted, and the highest number in it.
        self._in_order, self._newest = True, 0
        self._free = dict.fromkeys(config.hosts, config.slots)
        # While it is held, it starts only the allowed jobs, or tasks of them (None is all tasks).
        self._held = False
        self._allowed: set[tuple[int, int | None]] = set()

    # --- a test holds it ---

    def hold(self) -> None:
        """Start nothing, except what is allowed."""
        self._held = True
        self._allowed.clear()

    def allow(self, job_id: int, task_id: int | None) -> None:
        """Start a job, or one task of it, even while everything else is held."""
        self._allowed.add((job_id, task_id))
        self.wake()

    def release(self) -> None:
        """Start whatever can start."""
        self._held = False
        self.wake()

    # --- the cell tells what has changed ---

    def add(self, job: Job) -> None:
        """Take a job that has waiting tasks."""
        if job.id not in self._waiting:
            self._in_order = self._in_order and not job.priority and job.id > self._newest
            self._newest = max(self._newest, job.id)
            self._waiting[job.id] = job
        self.changed = True

    def drop(self, job: Job) -> None:
        """Forget a job that has ended."""
        self._waiting.pop(job.id, None)

    def free(self, task: Task) -> None:
        """Take back the slots of a task that leaves its host."""
        if task.host is not None:
            self._free[task.host] += task.job.slots
        self.changed = True

    def wake(self) -> None:
        """Look for tasks to start at the next run."""
        self.changed = True

    # --- it starts tasks ---

    def run(self) -> None:
        """Start tasks that can start, but only so many that commands need not wait for long.

        If `changed` is set afterwards, there may be more to start.
        """
        if not self.changed:
            return
        self.changed = False
        room = _AT_ONCE
        for job in self._ordered():
            free = sum(self._free[host] for host in self._hosts())
            if free <= 0:
                return
            for task in list(islice(self._startable(job), min(free, room))):
                host = self._host_for(job)
                if host is None:
                    break
                self._free[host] -= job.slots
                self._start(task, host)
                room -= 1
            if not job.waiting:
                self._waiting.pop(job.id, None)
            if room <= 0:
                self.changed = True
                return

    def _ordered(self) -> list[Job]:
        if not self._in_order:
            jobs = sorted(self._waiting.values(), key=lambda job: (-job.priority, job.id))
            self._waiting = {job.id: job for job in jobs}
            self._in_order = True
        return list(self._waiting.values())

    def _startable(self, job: Job) -> Iterator[Task]:
        if job.predecessors:
            return
        limit = job.submission.max_running
        room = limit - (len(job.tasks) - len(job.waiting)) if limit else len(job.waiting)
        now = self._clock.now()
        for task in job.waiting.values():
            if room <= 0:
                return
            if task.held or task.error is not None or task.not_before > now:
                continue
            if self._held and not self._allowed & {(job.id, None), (job.id, task.id)}:
                continue
            room -= 1
            yield task

    def _host_for(self, job: Job) -> str | None:
        fitting = [host for host in self._hosts() if self._free[host] >= job.slots]
        fitting = [host for host in fitting if suits(job, host, self._config)]
        return max(fitting, key=lambda host: self._free[host], default=None)

    def _hosts(self) -> Iterator[str]:
        return (host for host in self._config.hosts if host not in self.disabled)


def suits(job: Job, host: str, config: Config) -> bool:
    """Return whether a job could ever run on a host."""
    submission = job.submission
    if job.slots > config.slots:
        return False
    if submission.queues and not any(
        fnmatchcase(f"{config.queue}@{host}", queue if "@" in queue else f"{queue}@*")
        for queue in submission.queues
    ):
        return False
    for name, value in submission.resources.items():
        if value is None:
            continue
        if name == "hostname" and not fnmatchcase(host, value):
            return False
        if name == "qname" and not fnmatchcase(config.queue, value):
            return False
        if name in MEMORY_OF_HOST and (amount("MEMORY", value) or 0) > config.memory:
            return False
    return True
