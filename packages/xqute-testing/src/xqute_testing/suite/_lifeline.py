"""Whether any process of a job is still there."""

from __future__ import annotations

import os
from pathlib import Path


class Lifeline:
    """A named pipe that processes of a job hold open: it ends with the last of them.

    No process can be missed, whatever it has done with its parents, group or session, and none that
    got the PID of another can be taken for it. A shell joins with `exec 9>PATH`, and what it starts
    has joined too.

    Attributes:
        path: The pipe.
        said: The lines that were written into it.
    """

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.said: list[str] = []
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._left = b""

    def held(self) -> bool:
        """Return whether a process holds it open; False too before the first one does."""
        while True:
            try:
                data = os.read(self._fd, 4096)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self._left = (self._left + data).split(b"\n")
            self.said += [os.fsdecode(line) for line in lines]

    def heard(self, *words: str) -> bool:
        """Return whether each of these lines was written by now."""
        self.held()
        return set(words) <= set(self.said)

    def close(self) -> None:
        """Look no more."""
        os.close(self._fd)
