"""Jobs and their tasks; a job that is no array has one task, with the id 1."""

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
        host: Where it runs; None when it waits.
        started: When it was started, 0 when it was not.
        pid: Its process, the first of its session; 0 when it has none.
        held: Whether its user holds it back.
        restarted: Whether it was started before.
        not_before: When it may be started.
        error: Why it can't be started.
        deleted: Whether it is being deleted.
        suspended: Whether it was stopped.
        overdue: Whether it was killed for a limit.
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
        """Whether a host has it."""
        return self.host is not None

    @property
    def state(self) -> str:
        """The letters that qstat shows."""
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
        """What messages call it."""
        if self.job.is_array:
            return f"job-array task {self.job.id}.{self.id}"
        return f"job {self.job.id}"


@dataclass(slots=True, eq=False)
class Job:
    """A job: what was submitted, and those of its tasks that have not ended.

    Attributes:
        id: Its number.
        name: Its name.
        owner: Its user.
        submission: Its options.
        environ: The environment that it was submitted in.
        workdir: The folder that it was submitted in.
        submitted: When.
        slots: How many slots each task takes.
        is_array: Whether it was submitted as an array.
        tasks: Those that have not ended, by id.
        waiting: Those of them that no host has.
        requested: The predecessors that were asked for.
        predecessors: Those of them that have not ended.
        successors: The jobs that wait for this one.
        script: The path of its script; None for a command.
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
        """The tasks that a host has, by id."""
        return (task for task in self.tasks.values() if task.runs)

    @property
    def priority(self) -> int:
        """The higher, the sooner."""
        return self.submission.priority or 0
