"""What a scheduler says of a job that it was given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class QueueState(Enum):
    """Where a job is in the queue of its scheduler."""

    #: It has not started.
    PENDING = auto()
    #: It has started and not ended.
    RUNNING = auto()
    #: The scheduler does not have it, or has it as ended.
    GONE = auto()


@dataclass(frozen=True, slots=True)
class InError:
    """The scheduler has the job and will never start it: core kills it, and it fails.

    Attributes:
        reason: The scheduler's own words.
    """

    reason: str
