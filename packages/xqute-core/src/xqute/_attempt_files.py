"""The files that the controller writes, moves and removes in a job's folder.

A job runs once because these files come and go in a certain order: the script, which holds the
intent, is complete before the job is submitted, and the id is written down after that. The claim,
in `_claim.py`, decides which copy of an attempt runs. docs/on-disk.md has the order.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from xqute._file_names import LEFT_BY_ATTEMPT, LOCK, RETRIES, STATUS
from xqute._ownership import check_ownership

#: The mode of a job's folder and script: private, since the job's environment is in the script.
PRIVATE = 0o700
#: The mode of a job's folder and script with `job_group_access`: the group may read them.
FOR_GROUP = 0o750
# The other files and folders need no private mode: the job's folder is private.
_RETRY_FOLDER_MODE = 0o750
_FILE_MODE = 0o640

# The intent is the last line of a script, so that a script with an intent is complete. Its options
# are JSON in ASCII, which has no newline.
_INTENT = re.compile(
    r"^# xqute intent 1 trial=(\d+) token=([0-9a-f]+) fingerprint=([0-9a-f]+)"
    r"(?: options=(\{.*\}))?\n\Z",
    re.MULTILINE,
)
# Bytes at the end of a script that are read at first. They hold the intent, unless it has options.
_TAIL_SIZE = 200

# Characters. What a scheduler says may be long, and readers only need the beginning.
_MAX_STATUS_LENGTH = 2000


class Intent(NamedTuple):
    """What a later run must know of an attempt to take it up after a crash.

    Attributes:
        trial: How many attempts there were before it.
        token: What tells this attempt from every other, in hexadecimal digits.
        fingerprint: The fingerprint of the job.
        options: Options that a retry policy has given for it, of what JSON can hold.
    """

    trial: int
    token: str
    fingerprint: str
    options: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        """Return the line that is written at the end of a script."""
        options = f" options={json.dumps(dict(self.options))}" if self.options else ""
        return (
            f"# xqute intent 1 trial={self.trial} token={self.token} "
            f"fingerprint={self.fingerprint}{options}\n"
        )


def read_intent(script: str) -> Intent | None:
    """Return the intent at the end of a script, None where there is none or it is not whole.

    Raises:
        OSError: The script can't be read.
        ValueError: Its options are no JSON.
    """
    text = _read_tail(script)
    found = _INTENT.search(text) if text else None
    if found is None:
        return None
    try:
        options = json.loads(found[4] or "{}")
    except RecursionError as error:
        raise ValueError("the options of an intent are nested too deep") from error
    return Intent(int(found[1]), found[2], found[3], options)


def _read_tail(path: str) -> str | None:
    """Return the end of the file from within its last line but one on, None where there is none."""
    try:
        with open(path, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            length = _TAIL_SIZE
            while True:
                file.seek(max(0, size - length))
                end = file.read(length)
                # Options of a retry may make the last line a long one.
                if length >= size or b"\n" in end[:-1]:
                    return end.decode("utf-8", "replace")
                length *= 16
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_script(
    folder: str,
    script: str,
    text: str,
    intent: Intent,
    *,
    keep_retries: bool = False,
    mode: int = PRIVATE,
) -> None:
    """Write the script of an attempt, with its intent. What is left of the job is removed first.

    Args:
        folder: The job's folder; it is created if it does not exist.
        script: The path of the wrapped script.
        text: The text of the script, without the intent.
        intent: The intent.
        keep_retries: Whether to keep the files of earlier attempts of this run.
        mode: The mode of folder and script, `PRIVATE` or `FOR_GROUP`.

    Raises:
        OSError: The script can't be written, or the folder belongs to another user.
    """
    try:
        os.mkdir(folder, mode)
        # The umask may have removed bits for the group.
        made = mode if mode == PRIVATE else None
    except FileExistsError:
        made = check_ownership(folder)
        wipe(folder, script, keep_retries=keep_retries)
    if made != mode:
        os.chmod(folder, mode)
    _create(script, f"{text}{intent}", mode)


def _create(path: str, text: str, mode: int) -> None:
    data = text.encode("utf-8", "surrogateescape")
    # The file is new, not truncated: ext4 flushes a truncated file to the disk when it is closed
    # (ext4(5), auto_da_alloc).
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        if mode != PRIVATE:
            os.fchmod(fd, mode)
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


def write_uid(folder: str, uid: str) -> None:
    """Write the scheduler's id of the attempt into the lock.

    The script may have ended before that, and the lock then stays until `clear_lock` is called.
    """
    fd = os.open(
        f"{folder}/{LOCK}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _FILE_MODE
    )
    try:
        os.write(fd, f"{uid}\n".encode("utf-8", "surrogateescape"))
    finally:
        os.close(fd)


def clear_lock(folder: str) -> None:
    """Empty the lock of an attempt that has ended, if its script has not done so.

    The lock is not removed. To create a file, ext4 passes over every inode that was freed within
    the last minutes (`recently_deleted` in fs/ext4/ialloc.c), so that after a thousand removals
    each new file takes several times as long.
    """
    lock = f"{folder}/{LOCK}"
    with contextlib.suppress(FileNotFoundError):
        if os.stat(lock, follow_symlinks=False).st_size > 0:
            os.close(os.open(lock, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW))


def append_status(folder: str, line: str) -> None:
    """Add a line to the status file of an attempt that ended before its script could do so.

    The line may hold what a scheduler has printed. It is made a single line and cut, since readers
    only look at the beginning of the file.
    """
    line = " ".join(line.split())[:_MAX_STATUS_LENGTH]
    fd = os.open(
        f"{folder}/{STATUS}",
        os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW,
        _FILE_MODE,
    )
    try:
        os.write(fd, f"{line}\n".encode("utf-8", "surrogateescape"))
    finally:
        os.close(fd)


def shelve(folder: str, script: str, retry_dir: str) -> None:
    """Move the files of an attempt to `retry_dir`, so that the next one starts in a clean folder.

    The claim stays, since a late copy of the attempt must still find it taken. A call after a crash
    in the middle of this one moves the rest.
    """
    os.makedirs(retry_dir, _RETRY_FOLDER_MODE, exist_ok=True)
    for path in (script, *[f"{folder}/{name}" for name in LEFT_BY_ATTEMPT]):
        with contextlib.suppress(FileNotFoundError):
            os.rename(path, f"{retry_dir}/{os.path.basename(path)}")


def wipe(folder: str, script: str, *, keep_retries: bool = False) -> None:
    """Remove the files of a former run, the script with the intent first.

    The claims stay, since a late copy of an attempt must still find its claim taken.
    """
    for path in (script, *[f"{folder}/{name}" for name in LEFT_BY_ATTEMPT]):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    retries = f"{folder}/{RETRIES}"
    if not keep_retries and os.path.lexists(retries):
        shutil.rmtree(retries)
