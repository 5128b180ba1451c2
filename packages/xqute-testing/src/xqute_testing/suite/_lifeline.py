"""Tells whether any process of a job still runs."""

from __future__ import annotations

import os
from pathlib import Path


class Lifeline:
    """A named pipe that all processes of a job hold open.

    It finds every process, even one that has changed its parent, group or session, and it is not
    confused by PIDs that are used again. A shell opens the pipe with `exec 9>PATH`; the processes
    that it starts inherit it.

    Attributes:
        path: The path of the pipe.
        said: The lines that were written into the pipe.
    """

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.said: list[str] = []
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._left = b""

    def held(self) -> bool:
        """Return whether a process holds it open. It is False before the first one does, too."""
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
        """Return whether all of these lines have been written."""
        self.held()
        return set(words) <= set(self.said)

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._fd)
