"""Planned faults of commands: what their next calls do instead of what they should."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ._request import Answer


class Kind(Enum):
    """What goes wrong."""

    #: The command does nothing, and reports a failure.
    FAIL = "fail"
    #: The command does its work, and reports a failure.
    ACCEPT_BUT_FAIL = "accept_but_fail"
    #: The command does nothing, and never ends.
    HANG = "hang"
    #: The command does its work, and never ends.
    ACCEPT_BUT_HANG = "accept_but_hang"
    #: The command does its work, and prints only the beginning of its output.
    CUT = "cut"


@dataclass(slots=True)
class Fault:
    """A planned fault of the next calls of a command.

    Attributes:
        kind: What goes wrong.
        times: How many calls are still to go wrong.
        answer: What the calls print, and their exit status.
        keep: The fraction of its output that a cut call prints.
    """

    kind: Kind
    times: int
    answer: Answer
    keep: float = 1.0

    @property
    def acts(self) -> bool:
        """Whether the command does its work."""
        return self.kind not in (Kind.FAIL, Kind.HANG)

    @property
    def hangs(self) -> bool:
        """Whether the command never ends."""
        return self.kind in (Kind.HANG, Kind.ACCEPT_BUT_HANG)

    def answer_for(self, real: Answer) -> Answer:
        """Return the answer of a command that would have given the real one without the fault."""
        if self.kind is Kind.CUT:
            return Answer(real.out[: int(len(real.out) * self.keep)], real.err, self.answer.status)
        return self.answer


class CommandFaults:
    """The planned faults of all commands; each command has its own queue of them."""

    def __init__(self) -> None:
        self._planned: dict[str, list[Fault]] = {}

    def plan(
        self, command: str, kind: str, times: int, out: str, err: str, status: int, keep: float
    ) -> None:
        """Plan a fault for the next calls of a command; the parameters are those of `Fault`."""
        fault = Fault(Kind(kind), times, Answer(out, err, status), keep)
        self._planned.setdefault(command, []).append(fault)

    def take(self, command: str) -> Fault | None:
        """Return the fault of the call that has just come, None if it has none."""
        planned = self._planned.get(command)
        if not planned:
            return None
        fault = planned[0]
        fault.times -= 1
        if not fault.times:
            planned.pop(0)
        return fault
