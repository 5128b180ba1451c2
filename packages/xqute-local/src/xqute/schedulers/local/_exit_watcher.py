"""Noticing that a process has ended: through a pidfd where there is one, else by polling."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import select
from collections.abc import Callable
from typing import Protocol

from xqute.schedulers.local._script_process import ScriptProcess

# Seconds between two polls.
_POLL_INTERVAL = 0.02
# The number of file descriptors that are left to the rest of this program.
_SPARE_DESCRIPTORS = 32


class ExitWatcher(Protocol):
    """Calls a callback when a process has ended."""

    def watch(self, process: ScriptProcess, callback: Callable[[], None]) -> None:
        """Have the event loop call `callback` once, when the process has ended."""

    def close(self) -> None:
        """Stop watching. No callback is called any more."""


class PidfdExitWatcher:
    """Has the kernel tell when a process ends: its pidfd is readable then (pidfd_open(2)).

    All pidfds are in one epoll(7) set, and the event loop watches that set as a single file. It
    would cost several times as much if the loop watched each pidfd by itself.
    """

    def __init__(self) -> None:
        """Register an empty set of pidfds with the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._loop.add_reader(self._epoll.fileno(), self._on_exits)
        # Watches the processes for which no file descriptor can be had.
        self._polling = PollingExitWatcher()
        self._max_descriptor = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _SPARE_DESCRIPTORS

    @staticmethod
    def works() -> bool:
        """Return whether this system has pidfds, as Linux 5.3 and later do."""
        try:
            os.close(os.pidfd_open(os.getpid()))
        except (AttributeError, OSError):
            return False
        return True

    def watch(self, process: ScriptProcess, callback: Callable[[], None]) -> None:
        """Have the event loop call `callback` once, when the process has ended."""
        try:
            fd = self._open_pidfd(process.pid)
        except OSError:
            self._polling.watch(process, callback)
            return
        if not process.child and not process.identity.alive:
            # It had ended before, and its PID may be that of another process by now.
            os.close(fd)
            self._loop.call_soon(callback)
            return
        self._callbacks[fd] = callback
        self._epoll.register(fd, select.EPOLLIN)

    def _open_pidfd(self, pid: int) -> int:
        # The kernel gives out the lowest free number, so that a high one means that few are left.
        fd = os.pidfd_open(pid)
        if fd >= self._max_descriptor:
            os.close(fd)
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return fd

    def _on_exits(self) -> None:
        for fd, _ in self._epoll.poll(0):
            # Closing alone does not remove it from the set while a child that has not yet replaced
            # its program holds a copy of it (epoll(7)).
            self._epoll.unregister(fd)
            os.close(fd)
            self._callbacks.pop(fd)()

    def close(self) -> None:
        """Stop watching. No callback is called any more."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        for fd in self._callbacks:
            os.close(fd)
        self._callbacks.clear()
        self._polling.close()


class PollingExitWatcher:
    """Looks at every process in short intervals, as long as there are any."""

    def __init__(self) -> None:
        """Start without a process to watch."""
        self._loop = asyncio.get_running_loop()
        self._watched: list[tuple[ScriptProcess, Callable[[], None]]] = []
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, process: ScriptProcess, callback: Callable[[], None]) -> None:
        """Have the event loop call `callback` once, when the process has ended."""
        self._watched.append((process, callback))
        if self._timer is None:
            self._timer = self._loop.call_later(_POLL_INTERVAL, self._poll)

    def _poll(self) -> None:
        ended = [item for item in self._watched if item[0].has_ended()]
        self._watched = [item for item in self._watched if item not in ended]
        self._timer = self._loop.call_later(_POLL_INTERVAL, self._poll) if self._watched else None
        for _, callback in ended:
            callback()

    def close(self) -> None:
        """Stop watching. No callback is called any more."""
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()


def make_exit_watcher() -> ExitWatcher:
    """Return an exit watcher of the better kind that this system supports."""
    return PidfdExitWatcher() if PidfdExitWatcher.works() else PollingExitWatcher()
