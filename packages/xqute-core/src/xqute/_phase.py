"""The phases of a run, from its making to its end."""

from __future__ import annotations

import signal
from enum import IntEnum

from xqute._halted import Halted


class Phase(IntEnum):
    """How far a run has come; it never goes back."""

    #: It was made, and nothing runs.
    NEW = 0
    #: The scheduler starts.
    STARTING = 1
    #: Jobs are submitted, watched and killed.
    RUNNING = 2
    #: A job has failed under 'halt': nothing more is submitted, and its hooks are being called.
    HALTING = 3
    #: All jobs are to end: those that wait are cancelled, those that run are killed.
    STOPPING = 4
    #: All jobs are settled, and the hook `on_complete` is being called.
    COMPLETING = 5
    #: Nothing more is done for any job, be it final or not.
    OVER = 6
    #: The scheduler is being closed.
    CLOSING = 7
    #: The tasks of the run are being ended, or have ended, and the folder of jobs is let go of.
    ENDED = 8


class RunState:
    """Where a run is, and what makes it end.

    Attributes:
        phase: How far it has come.
        signal: The signal that makes it end, None when there was none or a plugin has vetoed it.
        halted: The error to raise at the end, when a job has failed under 'halt'.
    """

    def __init__(self) -> None:
        self.phase = Phase.NEW
        self.signal: signal.Signals | None = None
        self.halted: Halted | None = None

    def advance(self, phase: Phase) -> None:
        """Go on to `phase`, unless the run has come further already."""
        self.phase = max(self.phase, phase)

    @property
    def over(self) -> bool:
        """Whether nothing more is done for any job."""
        return self.phase >= Phase.OVER
