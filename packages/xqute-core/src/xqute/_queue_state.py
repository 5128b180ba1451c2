"""The queue state: what a scheduler says of a job that was submitted to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class QueueState(Enum):
    """What the scheduler says of a job that was submitted to it."""

    #: The scheduler has it, and it has not started.
    PENDING = auto()
    #: It has started, and has not ended.
    RUNNING = auto()
    #: It has ended, or the scheduler does not know it.
    GONE = auto()


@dataclass(frozen=True, slots=True)
class InError:
    """The scheduler has the job, but will never start it. Core kills the job, and it fails.

    Attributes:
        reason: Why it will never start, in the words of the scheduler.
    """

    reason: str
