"""Catching SIGINT and SIGTERM while a run is active."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_CAUGHT = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def caught(callback: Callable[[signal.Signals], None]) -> Iterator[None]:
    """Have the running event loop call `callback` for each signal, until the block is left.

    The handlers that were there before are restored then. In a thread other than the main thread
    this does nothing, since Python only handles signals in the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def handler(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback, signal.Signals(number))

    # loop.add_signal_handler is of no use here: it does not restore the handler before it.
    former = {number: signal.signal(number, handler) for number in _CAUGHT}
    try:
        yield
    finally:
        for number, before in former.items():
            # None means a handler that was not set from Python, and that Python can't restore.
            signal.signal(number, signal.SIG_DFL if before is None else before)
