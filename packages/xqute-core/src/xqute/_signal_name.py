"""The names of signals."""

from __future__ import annotations

import signal
from typing import Final

#: The highest number that a signal can have on this system.
LAST_SIGNAL: Final = int(max(signal.valid_signals()))


def signal_name(number: int) -> str:
    """Return the name of the signal `number`, such as `SIGKILL`.

    Most real-time signals have no name in Python: for 40 this returns `signal 40`. See signal(7).
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
