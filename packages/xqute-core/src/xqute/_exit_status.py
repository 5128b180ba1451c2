"""What the exit status of a command says about how it failed."""

from __future__ import annotations

from xqute._failure import Failure, FailureKind
from xqute._signal_name import LAST_SIGNAL, signal_name


def failure_of_status(rc: int, note: str = "") -> Failure:
    """Return the failure that an exit status other than 0 stands for.

    By convention a shell exits with 128 + n if signal n ended the command (POSIX, "Shell Command
    Language", 2.8.2). A command that exits with such a status by itself can't be told apart.

    Args:
        rc: The exit status, 1 to 255.
        note: What the script has written after `FAILED`, such as `TIMEOUT` or `caught TERM`.
    """
    more = f" ({note})" if note else ""
    if note.startswith(FailureKind.TIMEOUT.value):
        return Failure(FailureKind.TIMEOUT, f"ran longer than its timeout; exit status {rc}")
    if 128 < rc <= 128 + LAST_SIGNAL:
        return Failure(FailureKind.SIGNAL, f"{signal_name(rc - 128)}; exit status {rc}{more}")
    return Failure(FailureKind.EXIT, f"exit status {rc}{more}")
