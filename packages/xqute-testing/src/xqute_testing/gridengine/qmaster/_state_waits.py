"""Tests that wait until tasks are in a certain state."""

from __future__ import annotations

from collections.abc import Collection

from ._connection import Connection
from ._job_table import JobTable


class StateWaits:
    """Sends an answer to each waiting test as soon as its condition holds."""

    def __init__(self, jobs: JobTable) -> None:
        self._jobs = jobs
        self._waits: dict[Connection, tuple[int, int | None, Collection[str | None]]] = {}

    def add(
        self,
        connection: Connection,
        job_id: int,
        task_id: int | None,
        states: Collection[str | None],
    ) -> None:
        """Answer a test when one task of a job, or all of them, are in one of these states."""
        self._waits[connection] = job_id, task_id, states

    def cancel(self, connection: Connection) -> None:
        """Answer no more."""
        self._waits.pop(connection, None)

    def check(self) -> None:
        """Answer the tests whose condition holds now."""
        for connection, (job_id, task_id, wanted) in list(self._waits.items()):
            states = self._jobs.states(job_id)
            if task_id is None:
                reached = all(state in wanted for state in states.values() or [None])
            else:
                reached = states.get(task_id) in wanted
            if reached:
                del self._waits[connection]
                connection.send(("done", None))
