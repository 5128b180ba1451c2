"""Why a job failed whose wrapped script has ended without a result."""

from __future__ import annotations

import os
import signal

from xqute import Failure, FailureKind, ScriptExit, signal_name

# Bytes. A file system keeps some blocks for root, so that writing fails before the last one is
# used.
_NEARLY_FULL = 64 * 1024


def failure_of_exit(code: int | None, folder: str) -> Failure | None:
    """Return why a job without a result failed, or None if that is not known.

    Args:
        code: The exit status of the wrapped script, negative for a signal, as
            `os.waitstatus_to_exitcode` has it; None if it is not known.
        folder: The job's folder.
    """
    if code is None:
        return None
    if code < 0:
        hint = ", which the kernel sends when memory runs out" if code == -signal.SIGKILL else ""
        detail = f"the wrapped script was killed by {signal_name(-code)}{hint}"
        return Failure(FailureKind.SIGNAL, detail)
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
    # A file system that has no table of inodes reports 0 for all of them.
    no_inodes = found.f_favail == 0 < found.f_files
    return found.f_bavail * found.f_frsize < _NEARLY_FULL or no_inodes
