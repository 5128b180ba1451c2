"""The folder of one job: what is there before, while and after an attempt runs.

The order in which files come and go is what makes a job run once, so all of it is in this module:
the script is the intent, and it is whole before the scheduler is called; the claim decides, by
exclusive create, between the copies of an attempt and a controller that gives the attempt up.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from typing import NamedTuple

from xqute._file_names import LEFT_BY_ATTEMPT, LOCK, RC, RETRIES, STATUS
from xqute._ownership import check_ownership
from xqute._result_files import read_rc, read_text

#: Only their owner reads what is in a job's folder: the environment of the job is in the script.
PRIVATE = 0o700
#: The same, when the group of the folder may read it.
FOR_GROUP = 0o750
# They are in a folder that is closed to those who may not read it.
_SHELF_MODE = 0o750
_FILE_MODE = 0o640

# The last line of a script, so that it also says that the script is whole.
_INTENT = re.compile(
    r"^# xqute intent 1 trial=(\d+) token=([0-9a-f]+) fingerprint=([0-9a-f]+)\n\Z", re.MULTILINE
)

# Characters.
_LONGEST_STATUS = 2000


class Intent(NamedTuple):
    """What must be known to take up an attempt after a crash.

    Attributes:
        trial: How many attempts there were before it.
        token: What tells this attempt from every other, in hexadecimal digits.
        fingerprint: The job's fingerprint.
    """

    trial: int
    token: str
    fingerprint: str


class Former(NamedTuple):
    """What a former run has left of a job.

    Attributes:
        intent: The last attempt.
        rc: Its exit status, None when it has not ended, or not with a result.
        uid: The scheduler's id of it, None when none was written down.
    """

    intent: Intent
    rc: int | None
    uid: str | None


def read_former(folder: str, script: str) -> Former | None:
    """Return what a former run has left, None when it never came to submitting the job.

    Args:
        folder: The job's folder.
        script: The path of its wrapped script.

    Raises:
        PermissionError: The folder is not this user's, or may be changed by anybody.
        OSError: It can't be read.
    """
    try:
        check_ownership(folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    text = read_end(script)
    found = _INTENT.search(text) if text else None
    if found is None:
        return None
    uid = (read_text(f"{folder}/{LOCK}") or "").strip()
    return Former(Intent(int(found[1]), found[2], found[3]), read_rc(f"{folder}/{RC}"), uid or None)


def read_end(path: str) -> str | None:
    """Return the last 200 characters of the file, None where there is none."""
    try:
        with open(path, "rb", buffering=0) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 200))
            return file.read(200).decode("utf-8", "replace")
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
    """Write the intent of an attempt: its script. What an earlier run left is removed first.

    Args:
        folder: The job's folder.
        script: The path of its wrapped script.
        text: The text of the script, without the intent.
        intent: The attempt.
        keep_retries: Leave what earlier attempts have left.
        mode: The mode of folder and script, `PRIVATE` or `FOR_GROUP`.

    Raises:
        OSError: The disk is full, the folder is gone, or is not this user's, …
    """
    try:
        os.mkdir(folder, mode)
        made = mode if mode == PRIVATE else None  # The umask may have taken bits away.
    except FileExistsError:
        made = check_ownership(folder)
        wipe(folder, script, keep_retries=keep_retries)
    if made != mode:
        os.chmod(folder, mode)
    last = f"# xqute intent 1 trial={intent.trial} token={intent.token} "
    _create(script, f"{text}{last}fingerprint={intent.fingerprint}\n", mode)


def _create(path: str, text: str, mode: int) -> None:
    data = text.encode("utf-8", "surrogateescape")
    # A new file, never a truncated one: ext4 forces those to the disk (ext4(5), auto_da_alloc).
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        if mode != PRIVATE:
            os.fchmod(fd, mode)
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


def write_uid(folder: str, uid: str) -> None:
    """Write into the lock that the attempt is the scheduler's job `uid`.

    The script may have ended by now, and have emptied the lock: see `clear_lock`.
    """
    fd = os.open(
        f"{folder}/{LOCK}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _FILE_MODE
    )
    try:
        os.write(fd, f"{uid}\n".encode("utf-8", "surrogateescape"))
    finally:
        os.close(fd)


def clear_lock(folder: str) -> None:
    """Empty the lock of an attempt that has ended, if its script could not.

    It is not removed: ext4 looks at every inode that was freed within some minutes before it takes
    one for a new file (`recently_deleted`, fs/ext4/ialloc.c), so that a thousand removed locks make
    each file of the next jobs several times dearer.
    """
    lock = f"{folder}/{LOCK}"
    with contextlib.suppress(FileNotFoundError):
        if os.stat(lock, follow_symlinks=False).st_size > 0:
            os.close(os.open(lock, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW))


def append_status(folder: str, line: str) -> None:
    """Add the controller's word to the status of an attempt that is over and could not say it.

    Readers look at the beginning of the file alone, so what a scheduler has said is cut.
    """
    line = " ".join(line.split())[:_LONGEST_STATUS]
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
    """Move what an attempt has left to `retry_dir`, so that the next one finds a clean folder.

    The claim stays where it is: a late copy of the attempt must still find it taken.
    """
    os.makedirs(retry_dir, _SHELF_MODE, exist_ok=True)
    for path in (script, *[f"{folder}/{name}" for name in LEFT_BY_ATTEMPT]):
        with contextlib.suppress(FileNotFoundError):
            os.rename(path, f"{retry_dir}/{os.path.basename(path)}")


def wipe(folder: str, script: str, *, keep_retries: bool = False) -> None:
    """Remove what a former run has left of a job, the intent first; the claims stay."""
    for path in (script, *[f"{folder}/{name}" for name in LEFT_BY_ATTEMPT]):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    retries = f"{folder}/{RETRIES}"
    if not keep_retries and os.path.lexists(retries):
        shutil.rmtree(retries)
