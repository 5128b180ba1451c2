"""SIGINT and SIGTERM while a run is active."""

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
    """Have `callback` called in the running event loop for each signal; then put back what was.

    Outside the main thread nothing is done, since only there signals can be handled.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def handler(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback, signal.Signals(number))

    # Not loop.add_signal_handler: it forgets what was there before.
    former = {number: signal.signal(number, handler) for number in _CAUGHT}
    try:
        yield
    finally:
        for number, before in former.items():
            # None: it was not set from Python, and can't be put back from there either.
            signal.signal(number, signal.SIG_DFL if before is None else before)
