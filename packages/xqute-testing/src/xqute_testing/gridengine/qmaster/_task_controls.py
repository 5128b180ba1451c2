"""What a test does to tasks that it names by their numbers."""

from __future__ import annotations

from ._accounting import NO_PROGRAM
from ._cell import Cell


class TaskControls:
    """Each method acts on one task of a job, or on all of them if the task is None.

    All methods raise LookupError if there is no such job or task.
    """

    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def lose(self, job_id: int, task_id: int | None, kill: bool) -> None:
        """Forget tasks, and kill their processes or leave them running."""
        for task in self._cell.jobs.chosen(job_id, task_id):
            self._cell.lose(task, kill=kill)

    def put_in_error(self, job_id: int, task_id: int | None, reason: str) -> None:
        """Put waiting tasks into the error state.

        Raises:
            LookupError: A task runs.
        """
        for task in self._cell.jobs.chosen(job_id, task_id):
            if task.runs:
                raise LookupError(f"{task.label} runs, and so can't be put into the error state")
            self._cell.put_in_error(task, reason, NO_PROGRAM)

    def end_walltime(self, job_id: int, task_id: int | None) -> None:
        """Kill running tasks as if their wall time was over."""
        for task in self._cell.jobs.running(job_id, task_id):
            self._cell.limits.enforce(task)

    def kill_shepherd(self, job_id: int, task_id: int | None, kill: bool) -> None:
        """Kill the shepherds of running tasks, and kill their processes or leave them running."""
        for task in self._cell.jobs.running(job_id, task_id):
            self._cell.lose_shepherd(task, kill=kill)

    def reschedule(self, job_id: int, task_id: int | None) -> None:
        """Kill running tasks and queue them again."""
        for task in self._cell.jobs.running(job_id, task_id):
            self._cell.reschedule(task)

    def dispatch(self, job_id: int, task_id: int | None) -> None:
        """Let tasks start though the dispatcher holds all others."""
        self._cell.jobs.chosen(job_id, task_id)  # Raises if there is none.
        self._cell.dispatcher.allow(job_id, task_id)
