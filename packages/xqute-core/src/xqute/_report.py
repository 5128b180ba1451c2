"""What the files of an attempt say: whether it has started, how it ended, and what it used."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from xqute._claim import is_given_up
from xqute._exit_status import failure_of_status
from xqute._failure import Failure, FailureKind, Usage
from xqute._file_names import RC, STATUS
from xqute._result_files import read_rc, read_status


class Report(NamedTuple):
    """What the files of an attempt say about it.

    Attributes:
        rc: The exit status of the command, None while there is none.
        started: Whether the script has begun to run the command.
        failure: Why the attempt failed, as far as the script knows; None if it did not.
    """

    rc: int | None
    started: bool
    failure: Failure | None


def read_report(folder: str, claim: str, *, over: bool = False, timed: bool = False) -> Report:
    """Return what the files of an attempt say. Files that can't be read make it a failure, LOST.

    Args:
        folder: The job's folder.
        claim: The path of the claim of the attempt.
        over: Whether the attempt is known to be over; see `read_rc`.
        timed: Whether the job has a timeout. A command that ran into its timeout may still have
            ended with exit status 0.
    """
    try:
        return _read_report(folder, claim, over, timed)
    except OSError as error:
        return Report(None, True, Failure(FailureKind.LOST, f"its result can't be read: {error}"))


def _read_report(folder: str, claim: str, over: bool, timed: bool) -> Report:
    rc = read_rc(f"{folder}/{RC}", over=over)
    if rc == 0 and not timed:
        return Report(0, True, None)
    lines = read_status(f"{folder}/{STATUS}")
    words = lines[-1].split(" ", 2) if lines else []
    if rc == 0 and words[:2] != ["FAILED", FailureKind.TIMEOUT.value]:
        return Report(0, True, None)
    if words[:2] == ["FAILED", FailureKind.NEVER_STARTED.value]:
        detail = words[2] if len(words) > 2 else "the wrapped script gives no reason"
        return Report(None, False, Failure(FailureKind.NEVER_STARTED, detail))
    if rc is None:
        claimed = os.path.exists(claim) and not is_given_up(claim)
        return Report(None, bool(lines) or claimed, None)
    return Report(rc, True, failure_of_status(rc, " ".join(words[1:])))


_TIME = re.compile(r"(\d+)m(\d+(?:\.\d+)?)s")


def read_usage(folder: str, claim: str) -> Usage | None:
    """Return what the script has measured, or None if the attempt has left no result.

    Wall time is the time from the last change of the claim to that of the rc file. Processor time
    is what the shell's `times` printed just before the last status: user and system time of the
    shell itself, then of the processes that it has waited for (POSIX, "Shell Command Language",
    2.14).
    """
    try:
        wall = os.stat(f"{folder}/{RC}").st_mtime - os.stat(claim).st_mtime
        lines = read_status(f"{folder}/{STATUS}")
    except OSError:
        return None
    times = _TIME.findall("\n".join(lines[-3:-1]))
    cpu = sum(60 * int(minutes) + float(seconds) for minutes, seconds in times)
    return Usage(wall=max(wall, 0.0), cpu=cpu if times else None)
