"""The folder of all jobs, and the lock that keeps it to one producer."""

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
    """The folder of the jobs of one producer, held by an advisory lock until `release`.

    The lock is flock(2) on `producer.lock`, which the kernel drops when its holder dies; the file
    says who holds it.

    Attributes:
        path: Its absolute path.
    """

    def __init__(self, path: str | os.PathLike[str], *, for_group: bool = False) -> None:
        """Make the folder, readable by its owner alone, if it is not there; and lock it.

        Args:
            path: The folder.
            for_group: Its group may read it too.

        Raises:
            MetadirInUse: Another producer holds it.
            MetadirError: It is no folder, can't be made or written to, or is not this user's alone.
        """
        self.path = Path(os.path.abspath(path))
        try:
            self.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            mode = check_ownership(str(self.path), link=True)
            if for_group and mode & FOR_GROUP != FOR_GROUP:
                self.path.chmod(mode | FOR_GROUP)
            self._lock = self._acquire(self.path / "producer.lock")
        except FileExistsError as error:
            raise MetadirError(f"the metadir is no folder: {str(self.path)!r}") from error
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
                current = self._same_file(fd, path)
                file.close()
                if current and (holder is None or not holder.here or holder.alive):
                    raise self._in_use(holder) from None
                if current:
                    # A process that the dead holder had forked keeps the lock; not its name.
                    path.unlink(missing_ok=True)
                continue
            except OSError:
                file.close()
                raise
            try:
                if self._same_file(fd, path):
                    os.ftruncate(fd, 0)
                    os.write(fd, f"{ProcessIdentity.current()}\n".encode())
                    return file
            except OSError:
                file.close()
                raise
            file.close()

    @staticmethod
    def _same_file(fd: int, path: Path) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), path.stat())
        except FileNotFoundError:
            return False

    def _in_use(self, holder: ProcessIdentity | None) -> MetadirInUse:
        who = f"process {holder.pid} on host {holder.host}" if holder else "another process"
        return MetadirInUse(
            f"{str(self.path)!r} is in use by {who}: wait for its end, or give this producer "
            f"another folder with job_metadir="
        )

    def release(self) -> None:
        """Let another producer have the folder. May be called twice."""
        if not self._lock.closed:
            self._lock.truncate(0)
            self._lock.close()
