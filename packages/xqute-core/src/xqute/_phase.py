"""The phases of a run, from its creation to its end."""

from __future__ import annotations

import signal
from collections import Counter
from enum import IntEnum

from xqute._failure import FailureKind
from xqute._halted import Halted
from xqute._job import Job
from xqute._status import JobStatus


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
        settled: How many jobs are settled.
        failures: How many of them have failed, by the kind of their failure.
        first_failed: The first of those; None if there is none.
    """

    def __init__(self) -> None:
        self.phase = Phase.NEW
        self.signal: signal.Signals | None = None
        self.halted: Halted | None = None
        self.settled = 0
        self.failures: Counter[FailureKind] = Counter()
        self.first_failed: Job | None = None

    def advance(self, phase: Phase) -> None:
        """Move on to `phase`, unless the run has already come further."""
        self.phase = max(self.phase, phase)

    def count(self, job: Job) -> None:
        """Count a job that is settled."""
        self.settled += 1
        if job.status is JobStatus.FAILED and job.failure is not None:
            self.failures[job.failure.kind] += 1
            self.first_failed = self.first_failed or job

    @property
    def over(self) -> bool:
        """Whether core does nothing more for any job."""
        return self.phase >= Phase.OVER
