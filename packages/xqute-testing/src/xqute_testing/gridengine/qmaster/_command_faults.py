"""What commands that come next do instead of what they should."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ._request import Answer


class Kind(Enum):
    """What goes wrong."""

    #: It does nothing, and says that it failed.
    FAIL = "fail"
    #: It does what it should, and says that it failed.
    ACCEPT_BUT_FAIL = "accept_but_fail"
    #: It does nothing, and never ends.
    HANG = "hang"
    #: It does what it should, and never ends.
    ACCEPT_BUT_HANG = "accept_but_hang"
    #: It does what it should, and prints only the beginning of what it should.
    CUT = "cut"


@dataclass(slots=True)
class Fault:
    """A planned fault of the next calls of a command."""

    kind: Kind
    times: int
    answer: Answer
    keep: float = 1.0

    @property
    def acts(self) -> bool:
        """Whether the command does what it should."""
        return self.kind not in (Kind.FAIL, Kind.HANG)

    @property
    def hangs(self) -> bool:
        """Whether the command never ends."""
        return self.kind in (Kind.HANG, Kind.ACCEPT_BUT_HANG)

    def answer_for(self, real: Answer) -> Answer:
        """Return what the command says, which really would have said something else."""
        if self.kind is Kind.CUT:
            return Answer(real.out[: int(len(real.out) * self.keep)], real.err, self.answer.status)
        return self.answer


class Faults:
    """The planned faults of all commands, each command's in the order they were planned in."""

    def __init__(self) -> None:
        self._planned: dict[str, list[Fault]] = {}

    def plan(self, command: str, fault: Fault) -> None:
        """Plan a fault for the next calls of a command."""
        self._planned.setdefault(command, []).append(fault)

    def take(self, command: str) -> Fault | None:
        """Return the fault of a call that has just come, if one is planned."""
        planned = self._planned.get(command)
        if not planned:
            return None
        fault = planned[0]
        fault.times -= 1
        if not fault.times:
            planned.pop(0)
        return fault
