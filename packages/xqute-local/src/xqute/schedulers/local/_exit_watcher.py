"""Noticing that a process has ended: by pidfd where there is one, by looking elsewhere."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import select
from collections.abc import Callable
from typing import Protocol

from xqute.schedulers.local._process import Process

# Seconds.
_LOOK_AGAIN = 0.02
# How many file descriptors are left to all others in this process.
_SPARE = 32


class ExitWatcher(Protocol):
    """Tells when processes have ended."""

    def watch(self, process: Process, callback: Callable[[], None]) -> None:
        """Have `callback` called, from the event loop, once when the process has ended."""

    def close(self) -> None:
        """Watch no more."""


class PidfdExitWatcher:
    """Has the kernel tell of each end: a pidfd can be read then (pidfd_open(2), Linux 5.3).

    All pidfds are in an epoll(7) set of its own, which the event loop watches as one file: to have
    the loop watch each of them would cost several times as much.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._loop.add_reader(self._epoll.fileno(), self._some_ended)
        # When file descriptors get scarce, the rest is looked after in the other way.
        self._rest = PollingExitWatcher()
        self._most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _SPARE

    @staticmethod
    def works() -> bool:
        """Return whether this system has pidfds."""
        try:
            os.close(os.pidfd_open(os.getpid()))
        except (AttributeError, OSError):
            return False
        return True

    def watch(self, process: Process, callback: Callable[[], None]) -> None:
        """Have `callback` called, from the event loop, once when the process has ended."""
        try:
            fd = self._open(process.pid)
        except OSError:
            self._rest.watch(process, callback)
            return
        if not process.child and not process.identity.alive:
            # It ended before, and another process may have its PID: that one is not to be watched.
            os.close(fd)
            self._loop.call_soon(callback)
            return
        self._callbacks[fd] = callback
        self._epoll.register(fd, select.EPOLLIN)

    def _open(self, pid: int) -> int:
        # The lowest free number is what it gets: a high one says that there are few left.
        fd = os.pidfd_open(pid)
        if fd >= self._most:
            os.close(fd)
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return fd

    def _some_ended(self) -> None:
        for fd, _ in self._epoll.poll(0):
            # To close it is not enough: a child that is about to replace its program has it too.
            self._epoll.unregister(fd)
            os.close(fd)
            self._callbacks.pop(fd)()

    def close(self) -> None:
        """Watch no more."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        for fd in self._callbacks:
            os.close(fd)
        self._callbacks.clear()
        self._rest.close()


class PollingExitWatcher:
    """Looks after all processes, again and again, as long as there are any."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._loop = asyncio.get_running_loop()
        self._watched: list[tuple[Process, Callable[[], None]]] = []
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, process: Process, callback: Callable[[], None]) -> None:
        """Have `callback` called, from the event loop, once when the process has ended."""
        self._watched.append((process, callback))
        if self._timer is None:
            self._timer = self._loop.call_later(_LOOK_AGAIN, self._look)

    def _look(self) -> None:
        ended = [item for item in self._watched if item[0].ended()]
        self._watched = [item for item in self._watched if item not in ended]
        self._timer = self._loop.call_later(_LOOK_AGAIN, self._look) if self._watched else None
        for _, callback in ended:
            callback()

    def close(self) -> None:
        """Watch no more."""
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()


def best_exit_watcher() -> ExitWatcher:
    """Return the best that this system has."""
    return PidfdExitWatcher() if PidfdExitWatcher.works() else PollingExitWatcher()
