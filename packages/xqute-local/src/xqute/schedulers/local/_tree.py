"""The processes of a job: all of a session, and what has descended from it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """What is known of a process: its session, whether it still lives, and its start time."""

    session: int
    lives: bool
    start: str


class ProcessTable:
    """All processes of this host, as they are when it is made; none where there is no `/proc`.

    Source: fields 3, 4, 6 and 22 of `/proc/PID/stat`, see proc(5). A zombie does not live.

    Attributes:
        rows: The processes by their PID.
    """

    def __init__(self) -> None:
        """Look."""
        self.rows: dict[int, Row] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._sessions: dict[int, list[int]] = defaultdict(list)
        for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
            if entry.isdecimal():
                self._add(int(entry))

    def _add(self, pid: int) -> None:
        try:
            with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
                stat = file.read(1024)
        except (FileNotFoundError, ProcessLookupError):
            return
        fields = stat[stat.rindex(b")") + 2 :].split(b" ", 20)
        session = int(fields[3])
        self.rows[pid] = Row(session, fields[0] not in b"ZX", fields[19].decode("ascii"))
        self._children[int(fields[1])].append(pid)
        self._sessions[session].append(pid)

    def starts(self, pid: int, start: str) -> bool:
        """Return whether there is a process of this PID and this start time."""
        return pid in self.rows and self.rows[pid].start == start

    def session(self, leader: int) -> list[int]:
        """Return the processes of the session that `leader` leads, or has led."""
        return self._sessions.get(leader, [])

    def living(self, roots: Iterable[int]) -> set[int]:
        """Return what lives of these processes and of all that have descended from them."""
        found: set[int] = set()
        todo = list(roots)
        while todo:
            pid = todo.pop()
            if pid not in found:
                found.add(pid)
                todo.extend(self._children.get(pid, ()))
        return {pid for pid in found if self.rows[pid].lives}
