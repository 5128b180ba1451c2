"""The states of a job, the moves between them, and why a job failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final


class JobStatus(Enum):
    """Where a job is in its life."""

    #: Made, not yet accepted.
    INIT = "INIT"
    #: Waits for a slot.
    QUEUED = "QUEUED"
    #: The scheduler has it and gave it an id.
    SUBMITTED = "SUBMITTED"
    #: The scheduler has started it.
    RUNNING = "RUNNING"
    #: The command ended with exit status 0.
    FINISHED = "FINISHED"
    #: The attempt failed; `Job.failure` says why.
    FAILED = "FAILED"
    #: The attempt failed, and another one follows after a delay.
    RETRYING = "RETRYING"
    #: It is being killed, and not yet gone.
    KILLING = "KILLING"
    #: It was killed, and it has left the scheduler.
    KILLED = "KILLED"
    #: It was taken back before it was submitted.
    CANCELLED = "CANCELLED"

    @property
    def terminal(self) -> bool:
        """Whether a job stays in this state (one that FAILED may still be retried)."""
        return self in TERMINAL

    # Members are singletons; the hash of Enum is Python code, and states are hashed for every move.
    __hash__ = object.__hash__


TERMINAL: Final = frozenset(
    {JobStatus.FINISHED, JobStatus.FAILED, JobStatus.KILLED, JobStatus.CANCELLED}
)

#: The only moves there are. INIT → FINISHED is a job that a former run has finished already;
#: QUEUED → FAILED one that the scheduler refused; SUBMITTED → FAILED one that never started.
MOVES: Final = MappingProxyType(
    {
        JobStatus.INIT: frozenset({JobStatus.QUEUED, JobStatus.FINISHED}),
        JobStatus.QUEUED: frozenset({JobStatus.SUBMITTED, JobStatus.FAILED, JobStatus.CANCELLED}),
        JobStatus.SUBMITTED: frozenset({JobStatus.RUNNING, JobStatus.FAILED, JobStatus.KILLING}),
        JobStatus.RUNNING: frozenset({JobStatus.FINISHED, JobStatus.FAILED, JobStatus.KILLING}),
        JobStatus.KILLING: frozenset({JobStatus.KILLED}),
        JobStatus.FAILED: frozenset({JobStatus.RETRYING}),
        JobStatus.RETRYING: frozenset({JobStatus.QUEUED, JobStatus.CANCELLED}),
        JobStatus.FINISHED: frozenset[JobStatus](),
        JobStatus.KILLED: frozenset[JobStatus](),
        JobStatus.CANCELLED: frozenset[JobStatus](),
    }
)


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
