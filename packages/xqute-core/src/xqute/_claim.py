"""The claim of an attempt: the file that decides whether a copy of its script may run.

The first copy of the script that creates the file runs the command. A controller that gives the
attempt up creates it too, so that no copy can start later. See docs/on-disk.md.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from xqute._result_files import read_text

# `is_given_up` looks for this mode. It is set when the file is created, not afterwards.
_GIVEN_UP_MODE = 0o440


@dataclass(frozen=True, slots=True)
class Claim:
    """What the copy of the wrapped script that runs has written into the claim of its attempt.

    A field is None if the script did not write it, or has not done so yet. If the scheduler has run
    the job again, all fields but `uid` are those of the latest copy.

    Attributes:
        uid: The scheduler's id of the job, as the script saw it; only for a scheduler that may run
            a job again by itself.
        pid: The process id of the script, on the host where it runs.
        host: The host where it runs; only if the scheduler has this written.
        slots: The number of slots that it has; only if the scheduler has this written.
        command_pid: The process id of the command; only if the job has a timeout.
    """

    uid: str | None = None
    pid: int | None = None
    host: str | None = None
    slots: int | None = None
    command_pid: int | None = None


def read_claim(path: str) -> Claim | None:
    """Return what the claim at `path` says; None if it does not exist, is empty or can't be read.

    The claim of an attempt that a controller has given up is empty.
    """
    try:
        text = read_text(path, "replace")
    except OSError:
        return None
    # A last line without its newline may be cut in the middle of a number.
    lines = text.split("\n")[:-1] if text else []
    found: dict[str, str] = {}
    for line in lines:
        words = line.split()
        if words == ["again"]:
            # The copy that wrote the lines above is dead. The id is the same for both.
            found = {"uid": found["uid"]} if "uid" in found else {}
        else:
            found |= zip(words[::2], words[1::2], strict=False)
    if not found:
        return None
    return Claim(
        uid=found.get("uid"),
        pid=_number(found.get("pid")),
        host=found.get("host"),
        slots=_number(found.get("slots")),
        command_pid=_number(found.get("command")),
    )


def _number(text: str | None) -> int | None:
    if text is None or len(text) > 10 or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)


def is_given_up(path: str) -> bool:
    """Return whether a controller has the claim at `path`, so that no script can get it any more.

    Such a claim is read-only, which the claim of a script never is.
    """
    try:
        mode = os.stat(path, follow_symlinks=False).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not mode & stat.S_IWUSR


def take_claim(path: str) -> bool:
    """Take the claim at `path` for the controller, so that no copy of the script can start later.

    Returns:
        False if a copy of the script has the claim already.

    Raises:
        OSError: The claim can't be created.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        os.close(os.open(path, flags, _GIVEN_UP_MODE))
    except FileExistsError:
        return is_given_up(path)
    return True
