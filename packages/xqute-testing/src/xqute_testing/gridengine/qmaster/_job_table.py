"""The jobs of a cell, and how commands and tests find them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ._job import Job, Task

#: How many jobs are remembered after their end.
FINISHED_JOBS = 100


class JobTable:
    """The jobs that have not ended, in the order of their submission.

    Attributes:
        finished: The last jobs that have ended, the oldest first.
    """

    def __init__(self, first_id: int) -> None:
        self.finished: list[Job] = []
        self._jobs: dict[int, Job] = {}
        self._last_id = first_id - 1

    def next_id(self) -> int:
        """Return the number of the next job. A job that is refused uses up its number too."""
        self._last_id += 1
        return self._last_id

    def add(self, job: Job) -> None:
        """Add a job that was submitted."""
        self._jobs[job.id] = job

    def remove(self, job: Job) -> None:
        """Move a job to the finished ones."""
        del self._jobs[job.id]
        self.finished.append(job)
        del self.finished[:-FINISHED_JOBS]

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def get(self, job_id: int) -> Job | None:
        """Return a job, None if there is none of that number."""
        return self._jobs.get(job_id)

    def named(self, words: list[str]) -> list[Job]:
        """Return the jobs that match any of the numbers, names and patterns, each job once."""
        found = {}
        for word in words:
            for job in self._matching(word):
                found[job.id] = job
        return list(found.values())

    def _matching(self, word: str) -> Iterator[Job]:
        if word.isdecimal():
            if int(word) in self._jobs:
                yield self._jobs[int(word)]
        else:
            for job in self:
                if fnmatchcase(job.name, word):
                    yield job

    # --- the tasks that a test names by their numbers ---

    def chosen(self, job_id: int, task_id: int | None) -> list[Task]:
        """Return one task of a job, or all of them.

        Raises:
            LookupError: There is no such job or task.
        """
        tasks = self._job(job_id).tasks
        if task_id is None:
            return list(tasks.values())
        if task_id not in tasks:
            raise LookupError(f"there is no task {task_id} of job {job_id}")
        return [tasks[task_id]]

    def running(self, job_id: int, task_id: int | None) -> list[Task]:
        """Return those of the chosen tasks that run.

        Raises:
            LookupError: There is no such job or task, or none runs.
        """
        running = [task for task in self.chosen(job_id, task_id) if task.runs]
        if not running:
            raise LookupError(f"job {job_id} does not run")
        return running

    def on_host(self, host: str) -> list[Task]:
        """Return the tasks that run on a host."""
        return [task for job in self for task in job.running if task.host == host]

    def _job(self, job_id: int) -> Job:
        try:
            return self._jobs[job_id]
        except KeyError:
            raise LookupError(f"there is no job {job_id}") from None

    # --- what a test asks for ---

    def numbers(self) -> list[int]:
        """Return the numbers of the jobs."""
        return list(self._jobs)

    def states(self, job_id: int) -> dict[int, str]:
        """Return the states of a job's tasks, by task; empty if the job is gone."""
        job = self._jobs.get(job_id)
        return {task.id: task.state for task in job.tasks.values()} if job else {}

    def hosts(self, job_id: int) -> dict[int, str]:
        """Return the hosts of a job's running tasks, by task."""
        return {task.id: task.host or "" for task in self._job(job_id).running}

    def pids(self, job_id: int) -> dict[int, int]:
        """Return the process ids of a job's running tasks, by task."""
        return {task.id: task.pid for task in self._job(job_id).running}
