"""Whose a folder is: one that somebody else may have prepared, or may change, is not used."""

from __future__ import annotations

import errno
import os
import stat


def check_ownership(path: str, *, link: bool = False) -> int:
    """Check that a folder is this user's, and that not anybody may write to it.

    Args:
        path: The folder.
        link: It may be a symbolic link, of this user or of root.

    Returns:
        Its mode, the bits of `chmod` alone.

    Raises:
        PermissionError: It is another user's, anybody may write to it, or it is a link.
        NotADirectoryError: It is no folder.
        OSError: It is not there, or can't be looked at.
    """
    me = os.geteuid()
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        if not link or found.st_uid not in (0, me):
            raise _refused(path, "it is a symbolic link")
        found = os.stat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    if found.st_uid != me:
        raise _refused(path, f"it belongs to another user, uid {found.st_uid}")
    if found.st_mode & stat.S_IWOTH:
        raise _refused(path, "anybody may write to it")
    return stat.S_IMODE(found.st_mode)


def _refused(path: str, why: str) -> PermissionError:
    return PermissionError(errno.EPERM, why, path)
