"""Jobs and their tasks. A job that is no array has one task, with the id 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ._submission import Submission


@dataclass(slots=True, eq=False)
class Task:
    """One task of a job, waiting or running.

    Attributes:
        id: Its number in the array.
        job: The job that it is part of.
        queued: When it was submitted, or queued again.
        host: The host that it runs on, None while it waits.
        started: When it was started, 0 while it waits.
        pid: Its first process, which leads its session; 0 if it has none.
        held: Whether it has a user hold.
        restarted: Whether it has run before.
        not_before: When it may start.
        error: Why it is in the error state, None if it is not.
        deleted: Whether qdel has deleted it while it ran.
        suspended: Whether it is suspended.
        overdue: Whether it was killed at the end of its h_rt.

    All times are in seconds since the epoch, by the cell's clock.
    """

    id: int
    job: Job
    queued: float
    host: str | None = None
    started: float = 0.0
    pid: int = 0
    held: bool = False
    restarted: bool = False
    not_before: float = 0.0
    error: str | None = None
    deleted: bool = False
    suspended: bool = False
    overdue: bool = False

    @property
    def runs(self) -> bool:
        """Whether it runs, as the qmaster sees it."""
        return self.host is not None

    @property
    def state(self) -> str:
        """Its state as qstat shows it."""
        letters = "d" if self.deleted else ""
        if self.error is not None:
            letters += "E"
        if self.runs:
            if self.restarted:
                letters += "R"
            return letters + ("s" if self.suspended else "r")
        if self.held or self.job.predecessors:
            letters += "h"
        return letters + ("Rq" if self.restarted and self.error is None else "qw")

    @property
    def label(self) -> str:
        """Its name in messages."""
        if self.job.is_array:
            return f"job-array task {self.job.id}.{self.id}"
        return f"job {self.job.id}"


@dataclass(slots=True, eq=False)
class Job:
    """A job, with those of its tasks that have not ended.

    Attributes:
        id: Its number.
        name: Its name.
        owner: Its user.
        submission: The options that it was submitted with.
        environ: The environment of its qsub.
        workdir: The folder in which qsub was called.
        submitted: When it was submitted, in seconds since the epoch.
        slots: How many slots each task takes.
        is_array: Whether it is an array.
        tasks: The tasks that have not ended, by id.
        waiting: Those of them that do not run, by id.
        predecessors: The numbers of the jobs that it still waits for.
        successors: The numbers of the jobs that wait for it.
        script: The path of its script, None for a command.
    """

    id: int
    name: str
    owner: str
    submission: Submission
    environ: dict[str, str]
    workdir: str
    submitted: float
    slots: int
    is_array: bool
    tasks: dict[int, Task] = field(default_factory=dict)
    waiting: dict[int, Task] = field(default_factory=dict)
    predecessors: list[int] = field(default_factory=list)
    successors: list[int] = field(default_factory=list)
    script: str | None = None

    @property
    def running(self) -> Iterator[Task]:
        """The tasks that run."""
        return (task for task in self.tasks.values() if task.runs)

    @property
    def priority(self) -> int:
        """Its priority; the job with the higher one starts first."""
        return self.submission.priority or 0
