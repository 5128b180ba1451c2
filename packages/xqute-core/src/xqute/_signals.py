"""Catching SIGINT and SIGTERM while runs are active.

A process has one handler for each signal, and may have several runs, in one event loop or in
several one after the other. So the runs that are active are kept here, for the process: the
handlers are set when the first one comes, and restored when the last one goes.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

Callback = Callable[[signal.Signals], None]

_CAUGHT = (signal.SIGINT, signal.SIGTERM)
# Seconds after which an event loop that has not taken a signal is busy with the program's own code.
_BUSY_AFTER = 0.05


@dataclass(eq=False)
class _Listener:
    """Who is told of signals.

    Attributes:
        loop: The event loop that calls the callback.
        callback: What is called with each signal.
        blocks: How many blocks want that.
        untaken: When signals came that the loop has not taken yet, by `time.monotonic`.
    """

    loop: asyncio.AbstractEventLoop
    callback: Callback
    blocks: int = 0
    untaken: list[float] = field(default_factory=list)

    def hand_over(self, number: signal.Signals) -> None:
        self.untaken.append(time.monotonic())
        self.loop.call_soon_threadsafe(self._take, number)

    def _take(self, number: signal.Signals) -> None:
        self.untaken.pop(0)
        if self.blocks:
            self.callback(number)


class _Handlers:
    """The handlers of this process, and who is told by them."""

    def __init__(self) -> None:
        self._listeners: dict[Callback, _Listener] = {}
        self._former: dict[signal.Signals, signal._HANDLER] = {}

    def add(self, callback: Callback) -> None:
        listener = self._listeners.get(callback)
        if listener is None:
            listener = _Listener(asyncio.get_running_loop(), callback)
            self._listeners[callback] = listener
        listener.blocks += 1
        if not self._former:
            # loop.add_signal_handler is of no use here: it does not restore the handler before it.
            self._former = {number: signal.signal(number, self._handle) for number in _CAUGHT}

    def remove(self, callback: Callback) -> None:
        listener = self._listeners.get(callback)
        if listener is None:
            return  # Its event loop was closed meanwhile.
        listener.blocks -= 1
        if not listener.blocks:
            del self._listeners[callback]
            if not self._listeners:
                self._restore()

    def _restore(self) -> None:
        for number, before in self._former.items():
            # Whoever has set another handler since wants that one to stay.
            if signal.getsignal(number) == self._handle:
                # None means a handler that was not set from Python, and that Python can't restore.
                signal.signal(number, signal.SIG_DFL if before is None else before)
        self._former = {}

    def _handle(self, signum: int, _frame: FrameType | None) -> None:
        number = signal.Signals(signum)
        busy_since = time.monotonic() - _BUSY_AFTER
        busy = False
        for callback, listener in tuple(self._listeners.items()):
            if listener.loop.is_closed():
                del self._listeners[callback]
                continue
            busy |= bool(listener.untaken) and listener.untaken[0] < busy_since
            listener.hand_over(number)
        if not self._listeners:
            # No handler outlives the event loop of its run.
            self._restore()
            signal.raise_signal(number)
        elif busy:
            # The program's own code keeps the loop from taking even the first signal.
            if number is signal.SIGINT:
                raise KeyboardInterrupt
            raise SystemExit(128 + number)


_handlers = _Handlers()


@contextmanager
def caught(callback: Callback) -> Iterator[None]:
    """Have the running event loop call `callback` for each signal, until the block is left.

    Blocks may overlap and end in any order; equal callbacks are called once for each signal. The
    handlers that were there before the first block are restored after the last one. A signal that
    comes while the program keeps the loop from taking an earlier one ends the program at once. In
    a thread other than the main thread this does nothing, since Python only handles signals in the
    main thread.

    Raises:
        KeyboardInterrupt: In whatever code runs: another SIGINT came while the loop was busy.
        SystemExit: Likewise for SIGTERM; its code is 143.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _handlers.add(callback)
    try:
        yield
    finally:
        _handlers.remove(callback)
