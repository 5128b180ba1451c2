"""What Linux says about a process in `/proc/PID/stat`; see proc(5)."""

from __future__ import annotations

from typing import NamedTuple


class ProcessStat(NamedTuple):
    """A process as it was when it was looked at.

    Attributes:
        state: One letter, as `R` for running (field 3).
        parent: The process id of its parent (field 4).
        session: The process id of the leader of its session (field 6).
        start: When it started, in clock ticks after the boot, in decimal digits (field 22).
    """

    state: str
    parent: int
    session: int
    start: str

    @classmethod
    def read(cls, pid: int) -> ProcessStat | None:
        """Return the process `pid`, or None if it does not exist or this system has no `/proc`."""
        try:
            with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
                stat = file.read(1024)
        except (FileNotFoundError, ProcessLookupError):
            return None
        # Field 2 is the program's name in parentheses. The name may hold blanks and `)` itself.
        fields = stat[stat.rindex(b")") + 2 :].decode("ascii").split(" ", 20)
        return cls(fields[0], int(fields[1]), int(fields[3]), fields[19])

    @property
    def lives(self) -> bool:
        """Whether it has not ended: a zombie has, although it still has its PID."""
        return self.state not in ("Z", "X")
