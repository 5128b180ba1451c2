"""The states of a job, and the moves between them."""

from __future__ import annotations

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
