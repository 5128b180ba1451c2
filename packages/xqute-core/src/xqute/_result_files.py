"""Reading the small files that an attempt writes: the exit status and the status lines.

The script may be writing while a file is read. A file that is missing, empty or without its last
newline therefore says nothing yet.
"""

from __future__ import annotations

import os
import re

# Bytes. No file that our script writes is larger, so that a larger one is not read to its end.
_MAX_SIZE = 64 * 1024
_RC = re.compile(r"[0-9]{1,3}")


def read_text(path: str, errors: str = "surrogateescape") -> str | None:
    """Return the text of a small file, or None if it does not exist.

    Args:
        path: The file.
        errors: What becomes of bytes that are not UTF-8; see `bytes.decode`.

    Raises:
        OSError: The file can't be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return os.read(fd, _MAX_SIZE).decode("utf-8", errors)
    finally:
        os.close(fd)


def read_rc(path: str, *, over: bool = False) -> int | None:
    """Return the exit status in the rc file at `path`, or None while it holds none.

    Args:
        path: The rc file.
        over: Whether the attempt is known to be over, so that a last line without its newline is
            complete.

    Raises:
        OSError: The file can't be read.
    """
    text = read_text(path)
    if text is None or not (over or text.endswith("\n")):
        return None
    text = text.strip()
    return int(text) if _RC.fullmatch(text) and int(text) < 256 else None


def read_status(path: str) -> list[str]:
    """Return the complete lines of the status file at `path`, the earliest first.

    Raises:
        OSError: The file can't be read.
    """
    text = read_text(path)
    return text.split("\n")[:-1] if text else []
