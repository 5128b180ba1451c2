"""What the end of a wrapped script says of a job that left no result."""

from __future__ import annotations

import os
import signal

from xqute import Failure, FailureKind, ScriptExit, signal_name


def failure_of(code: int | None, folder: str) -> Failure | None:
    """Return how a job failed whose script left no result, None when that is not known.

    Args:
        code: The exit status of the script, negative for a signal; None when it is not known.
        folder: The job's folder.
    """
    if code is None:
        return None
    if code < 0:
        name = signal_name(-code)
        more = ", as the kernel sends it when memory runs out" if code == -signal.SIGKILL else ""
        return Failure(FailureKind.SIGNAL, f"the wrapped script was killed by {name}{more}")
    full = ": the file system is full" if _is_full(folder) else ""
    if code == ScriptExit.NOT_STARTED:
        detail = f"the wrapped script can't write to {folder}{full}"
        return Failure(FailureKind.NEVER_STARTED, detail)
    if code == ScriptExit.NO_REPORT:
        detail = f"the wrapped script can't write its result to {folder}{full}"
        return Failure(FailureKind.LOST, detail)
    return Failure(FailureKind.LOST, f"the wrapped script ended with exit status {code}")


def _is_full(folder: str) -> bool:
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    # Writing fails before the last block is gone where the system keeps some for root.
    return found.f_bavail * found.f_frsize < 64 * 1024 or found.f_favail == 0 < found.f_files
