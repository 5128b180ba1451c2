"""The phases of a run, from its creation to its end."""

from __future__ import annotations

import signal
from enum import IntEnum

from xqute._halted import Halted


class Phase(IntEnum):
    """How far a run has come. It never goes back."""

    #: The run was created, and has not begun.
    NEW = 0
    #: The scheduler is being started.
    STARTING = 1
    #: Jobs are submitted, watched and killed.
    RUNNING = 2
    #: A job has failed under 'halt'. Its hooks are being called, and no more jobs are submitted.
    HALTING = 3
    #: Jobs that wait are cancelled, and jobs that run are killed.
    STOPPING = 4
    #: All jobs are settled, and the hook `on_complete` is being called.
    COMPLETING = 5
    #: Core does nothing more for any job, even if it is not final.
    OVER = 6
    #: The scheduler is being closed.
    CLOSING = 7
    #: The tasks of the run are being ended or have ended, and the job metadir is unlocked.
    ENDED = 8


class RunState:
    """The phase of a run, and the reason why it ends.

    Attributes:
        phase: How far the run has come.
        signal: The signal that ends the run; None if there was none, or if a plugin has vetoed it.
        halted: The error to raise at the end; None if no job has failed under 'halt'.
    """

    def __init__(self) -> None:
        self.phase = Phase.NEW
        self.signal: signal.Signals | None = None
        self.halted: Halted | None = None

    def advance(self, phase: Phase) -> None:
        """Move on to `phase`, unless the run has already come further."""
        self.phase = max(self.phase, phase)

    @property
    def over(self) -> bool:
        """Whether core does nothing more for any job."""
        return self.phase >= Phase.OVER
