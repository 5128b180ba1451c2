"""Why an attempt failed, and what it used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FailureKind(Enum):
    """Why an attempt failed."""

    #: The command ended with an exit status other than 0.
    EXIT = "EXIT"
    #: A signal ended the command or the wrapped script.
    SIGNAL = "SIGNAL"
    #: The command ran longer than its `timeout`.
    TIMEOUT = "TIMEOUT"
    #: There is evidence that it used more memory than it was allowed to.
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    #: The scheduler ended it because it ran longer than the scheduler allows.
    WALLTIME = "WALLTIME"
    #: It started and has ended, and nothing says how.
    LOST = "LOST"
    #: Its command was never started, although it was submitted or was about to be.
    NEVER_STARTED = "NEVER_STARTED"
    #: The scheduler refused it.
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, and the evidence for it.

    Attributes:
        kind: The reason.
        detail: The evidence: an exit status, a message of the scheduler, a missing file.
    """

    kind: FailureKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt used. A field is None if nobody has measured it.

    Attributes:
        wall: The wall time in seconds, from its start to its end.
        cpu: The processor time in seconds, user and system time of all its processes together.
        peak_memory: The largest resident set of any one of its processes, in bytes.
        host: The name of the host where it ran.
        slots: The number of slots that it had.
    """

    wall: float | None = None
    cpu: float | None = None
    peak_memory: int | None = None
    host: str | None = None
    slots: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What a scheduler knows about a job that has ended without a result.

    Attributes:
        failure: Why it failed; None if the scheduler does not know.
        usage: What it used; None if the scheduler does not know.
    """

    failure: Failure | None = None
    usage: Usage | None = None
