"""The states of a job, and the moves between them."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final


class JobStatus(Enum):
    """Where a job is in its life."""

    #: It was pushed, and is not queued yet.
    INIT = "INIT"
    #: It waits for a slot.
    QUEUED = "QUEUED"
    #: The scheduler has accepted it, and has given it an id.
    SUBMITTED = "SUBMITTED"
    #: The scheduler has started it.
    RUNNING = "RUNNING"
    #: The command ended with exit status 0.
    FINISHED = "FINISHED"
    #: The attempt failed; `Job.failure` says why.
    FAILED = "FAILED"
    #: The attempt failed. Another attempt follows after a delay.
    RETRYING = "RETRYING"
    #: It is being killed, and may still run.
    KILLING = "KILLING"
    #: It was killed, and the scheduler does not have it any more.
    KILLED = "KILLED"
    #: It was cancelled before it was submitted, or before its next attempt.
    CANCELLED = "CANCELLED"

    @property
    def terminal(self) -> bool:
        """Whether a job can end in this state. A job that FAILED may still be retried."""
        return self in TERMINAL

    # The hash of Enum is slow, since it is written in Python, and every move hashes states. Members
    # are singletons, so the hash of object does as well.
    __hash__ = object.__hash__


TERMINAL: Final = frozenset(
    {JobStatus.FINISHED, JobStatus.FAILED, JobStatus.KILLED, JobStatus.CANCELLED}
)

#: All moves that are allowed. A job that is collected moves from INIT to FINISHED. A job that the
#: scheduler refuses moves from QUEUED to FAILED. One that it accepts, but that never starts, moves
#: from SUBMITTED to FAILED.
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
