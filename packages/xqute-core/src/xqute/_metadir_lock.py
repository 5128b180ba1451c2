"""The job metadir, and the lock that allows only one producer at a time to use it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TextIO

from xqute._attempt_files import FOR_GROUP, PRIVATE
from xqute._errors import MetadirError, MetadirInUse
from xqute._ownership import check_ownership
from xqute._process import ProcessIdentity


class MetadirLock:
    """A job metadir that is locked for one producer until `release` is called.

    The lock is an flock(2) on the file `producer.lock`, so that the kernel releases it when the
    producer's process dies. The file holds the identity of that process.

    Attributes:
        path: The absolute path of the job metadir.
    """

    def __init__(self, path: str | os.PathLike[str], *, for_group: bool = False) -> None:
        """Lock the folder; one that does not exist is created, readable by its owner alone.

        Args:
            path: The folder.
            for_group: Whether its group may read it too.

        Raises:
            MetadirInUse: Another producer has locked it.
            MetadirError: It is not a folder, can't be created or written to, belongs to another
                user, or everybody may write to it.
        """
        self.path = Path(os.path.abspath(path))
        try:
            self.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            mode = check_ownership(str(self.path), link=True)
            if for_group and mode & FOR_GROUP != FOR_GROUP:
                self.path.chmod(mode | FOR_GROUP)
            self._lock = self._acquire(self.path / "producer.lock")
        except FileExistsError as error:
            raise MetadirError(f"the metadir is not a folder: {str(self.path)!r}") from error
        except MetadirError:
            raise
        except OSError as error:
            raise MetadirError(
                f"the metadir can't be used: {str(self.path)!r}: {error.strerror or error}; "
                f"give another one with job_metadir="
            ) from error

    def _acquire(self, path: Path) -> TextIO:
        while True:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            file = os.fdopen(fd, "r+", encoding="utf-8", errors="replace")
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = ProcessIdentity.parse(file.read())
                is_current = self._is_same_file(fd, path)
                file.close()
                if is_current and (holder is None or not holder.here or holder.alive):
                    raise self._in_use(holder) from None
                if is_current:
                    # The holder is dead, but a process that it has forked still has the lock. The
                    # lock goes with the file, and a new file takes its name.
                    path.unlink(missing_ok=True)
                continue
            except OSError:
                file.close()
                raise
            try:
                # Another producer may have removed the file between the open and the lock.
                if self._is_same_file(fd, path):
                    os.ftruncate(fd, 0)
                    os.write(fd, f"{ProcessIdentity.current()}\n".encode())
                    return file
            except OSError:
                file.close()
                raise
            file.close()

    @staticmethod
    def _is_same_file(fd: int, path: Path) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), path.stat())
        except FileNotFoundError:
            return False

    def _in_use(self, holder: ProcessIdentity | None) -> MetadirInUse:
        who = f"process {holder.pid} on host {holder.host}" if holder else "another process"
        return MetadirInUse(
            f"{str(self.path)!r} is in use by {who}: wait until it ends, or give this producer "
            f"another folder with job_metadir="
        )

    def release(self) -> None:
        """Release the lock. May be called more than once."""
        if not self._lock.closed:
            self._lock.truncate(0)
            self._lock.close()
