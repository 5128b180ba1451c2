"""What the files of an attempt say: one attempt, one writer, and a reader that knows "not yet"."""

from __future__ import annotations

import os
import re
import signal
import stat
from typing import NamedTuple

from xqute._failure import Failure, FailureKind, Usage

# More than any honest rc, status or claim file holds; a larger one is not read to its end.
_MOST = 64 * 1024
_RC = re.compile(r"[0-9]{1,3}")


class Report(NamedTuple):
    """What an attempt has left on disk.

    Attributes:
        rc: The exit status of the command, None as long as none is recorded.
        started: Whether the script has begun to run the command.
        failure: Why it failed, as far as the script knows.
    """

    rc: int | None
    started: bool
    failure: Failure | None


def read_text(path: str) -> str | None:
    """Return what the file says, None where there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return os.read(fd, _MOST).decode("utf-8", "surrogateescape")
    finally:
        os.close(fd)


def read_rc(path: str, *, over: bool = False) -> int | None:
    """Return the exit status in the rc file at `path`, None as long as it says none.

    Args:
        path: The rc file.
        over: The attempt is known to be over, so that a last line without its newline is whole.
    """
    text = read_text(path)
    if text is None or not (over or text.endswith("\n")):
        return None
    text = text.strip()
    return int(text) if _RC.fullmatch(text) and int(text) < 256 else None


def read_status(path: str) -> list[str]:
    """Return the lines of the status file that are whole, first the earliest."""
    text = read_text(path)
    return text.split("\n")[:-1] if text else []


def is_given_up(claim: str) -> bool:
    """Return whether a controller has the claim: it is read-only then, and no script's is."""
    try:
        mode = os.stat(claim, follow_symlinks=False).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not mode & stat.S_IWUSR


def read_report(folder: str, claim: str, *, over: bool = False, timed: bool = False) -> Report:
    """Return what the files of an attempt say; that they can't be read is a failure too.

    Args:
        folder: The job's folder.
        claim: The path of the claim of the attempt.
        over: The attempt is known to be over; see `read_rc`.
        timed: It has a timeout: a command that ran into it may have ended with exit status 0.
    """
    try:
        return _read_report(folder, claim, over, timed)
    except OSError as error:
        return Report(None, True, Failure(FailureKind.LOST, f"its result can't be read: {error}"))


def _read_report(folder: str, claim: str, over: bool, timed: bool) -> Report:
    rc = read_rc(f"{folder}/job.rc", over=over)
    if rc == 0 and not timed:
        return Report(0, True, None)
    lines = read_status(f"{folder}/job.status")
    words = lines[-1].split(" ", 2) if lines else []
    if rc == 0 and words[:2] != ["FAILED", FailureKind.TIMEOUT.value]:
        return Report(0, True, None)
    if words[:2] == ["FAILED", FailureKind.NEVER_STARTED.value]:
        detail = words[2] if len(words) > 2 else "the wrapped script says so"
        return Report(None, False, Failure(FailureKind.NEVER_STARTED, detail))
    if rc is None:
        begun = os.path.exists(claim) and not is_given_up(claim)
        return Report(None, bool(lines) or begun, None)
    return Report(rc, True, failure_of(rc, " ".join(words[1:])))


def failure_of(rc: int, note: str = "") -> Failure:
    """Return the failure that an exit status other than 0 stands for.

    A shell's status above 128 is by convention a death by signal (POSIX "Shell Command Language",
    2.8.2); nothing tells it from a command that ends with such a status by itself.

    Args:
        rc: The exit status.
        note: What the script added to the status, as `TIMEOUT`.
    """
    more = f" ({note})" if note else ""
    if note.startswith(FailureKind.TIMEOUT.value):
        return Failure(FailureKind.TIMEOUT, f"ran longer than its timeout; exit status {rc}")
    if 128 < rc <= 128 + _LAST_SIGNAL:
        return Failure(FailureKind.SIGNAL, f"{signal_name(rc - 128)}; exit status {rc}{more}")
    return Failure(FailureKind.EXIT, f"exit status {rc}{more}")


def signal_name(number: int) -> str:
    """Return the name of a signal, as `SIGKILL`."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_LAST_SIGNAL = max(signal.valid_signals())
_TIME = re.compile(r"(\d+)m(\d+(?:\.\d+)?)s")


def read_usage(folder: str, claim: str) -> Usage | None:
    """Return what the script has measured, None where it has not.

    Wall time is from the claim to the rc file, by their times of change; processor time is what the
    script's `times` printed before it wrote its last status: user and system time of the shell,
    then of the processes it has waited for (POSIX "Shell Command Language", 2.14).
    """
    try:
        wall = os.stat(f"{folder}/job.rc").st_mtime - os.stat(claim).st_mtime
        lines = read_status(f"{folder}/job.status")
    except OSError:
        return None
    times = _TIME.findall("\n".join(lines[-3:-1]))
    cpu = sum(60 * int(minutes) + float(seconds) for minutes, seconds in times)
    return Usage(wall=max(wall, 0.0), cpu=cpu if times else None)
