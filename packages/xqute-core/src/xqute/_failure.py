"""How an attempt ended: why it failed, and what it used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FailureKind(Enum):
    """Why an attempt failed."""

    #: The command ended with an exit status other than 0.
    EXIT = "EXIT"
    #: A signal ended the command, or the wrapped script.
    SIGNAL = "SIGNAL"
    #: The command ran longer than its `timeout`.
    TIMEOUT = "TIMEOUT"
    #: There is evidence that it needed more memory than it may have.
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    #: The scheduler ended it, because its time was up.
    WALLTIME = "WALLTIME"
    #: It started, it is gone, and nobody knows how it ended.
    LOST = "LOST"
    #: It was submitted, or was about to be, but its command was never started.
    NEVER_STARTED = "NEVER_STARTED"
    #: The scheduler refused it.
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, with the proof.

    Attributes:
        kind: The reason.
        detail: What was seen: an exit status, the scheduler's own words, a missing file.
    """

    kind: FailureKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt used. What nobody measured is None.

    Attributes:
        wall: Seconds from its start to its end.
        cpu: Seconds of processor time, in user and kernel mode, of all its processes.
        peak_memory: Bytes, the largest resident set of any one of its processes.
        host: Where it ran.
        slots: How many slots it held.
    """

    wall: float | None = None
    cpu: float | None = None
    peak_memory: int | None = None
    host: str | None = None
    slots: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What a scheduler knows of a job that is gone and left no result.

    Attributes:
        failure: How it ended; None when the scheduler does not know.
        usage: What it used; None when the scheduler does not know.
    """

    failure: Failure | None = None
    usage: Usage | None = None
