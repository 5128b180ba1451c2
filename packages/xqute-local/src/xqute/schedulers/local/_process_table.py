"""All processes of this host: which session each belongs to, and which have descended from it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

from xqute import ProcessStat


class ProcessTable:
    """The processes of this host at the moment when the table is made; empty without `/proc`.

    Attributes:
        processes: The processes by their process ids.
    """

    def __init__(self) -> None:
        """Read `/proc`."""
        self.processes: dict[int, ProcessStat] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._sessions: dict[int, list[int]] = defaultdict(list)
        for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
            if entry.isdecimal():
                self._add(int(entry))

    def _add(self, pid: int) -> None:
        process = ProcessStat.read(pid)
        if process is None:
            return
        self.processes[pid] = process
        self._children[process.parent].append(pid)
        self._sessions[process.session].append(pid)

    def has(self, pid: int, start: str) -> bool:
        """Return whether there is a process `pid` that started at the time `start`."""
        return pid in self.processes and self.processes[pid].start == start

    def session(self, leader: int) -> list[int]:
        """Return the processes of the session that `leader` leads, or led until it ended."""
        return self._sessions.get(leader, [])

    def living(self, roots: Iterable[int]) -> set[int]:
        """Return those of the processes `roots`, and of all their descendants, that live."""
        found: set[int] = set()
        todo = list(roots)
        while todo:
            pid = todo.pop()
            if pid not in found:
                found.add(pid)
                todo.extend(self._children.get(pid, ()))
        return {pid for pid in found if self.processes[pid].lives}
