"""Checking that no other user can have prepared a folder, or can change what is in it."""

from __future__ import annotations

import errno
import os
import stat


def check_ownership(path: str, *, link: bool = False) -> int:
    """Check that a folder belongs to this user, and that not everybody may write to it.

    Args:
        path: The folder.
        link: Whether it may be a symbolic link that belongs to this user or to root.

    Returns:
        The permission bits of its mode.

    Raises:
        PermissionError: It belongs to another user, everybody may write to it, or it is a symbolic
            link that is not allowed.
        NotADirectoryError: It is not a folder.
        OSError: It does not exist, or its mode can't be read.
    """
    this_user = os.geteuid()
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        if not link or found.st_uid not in (0, this_user):
            raise _refused(path, "it is a symbolic link")
        found = os.stat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    if found.st_uid != this_user:
        raise _refused(path, f"it belongs to another user, uid {found.st_uid}")
    if found.st_mode & stat.S_IWOTH:
        raise _refused(path, "everybody may write to it")
    return stat.S_IMODE(found.st_mode)


def _refused(path: str, why: str) -> PermissionError:
    return PermissionError(errno.EPERM, why, path)
