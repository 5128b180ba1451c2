"""The processes of a job: all of a session, and what has descended from it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

from xqute import ProcessStat


class ProcessTable:
    """All processes of this host, as they are when it is made; none where there is no `/proc`.

    Attributes:
        rows: The processes by their PID.
    """

    def __init__(self) -> None:
        """Look."""
        self.rows: dict[int, ProcessStat] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._sessions: dict[int, list[int]] = defaultdict(list)
        for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
            if entry.isdecimal():
                self._add(int(entry))

    def _add(self, pid: int) -> None:
        stat = ProcessStat.read(pid)
        if stat is None:
            return
        self.rows[pid] = stat
        self._children[stat.parent].append(pid)
        self._sessions[stat.session].append(pid)

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
