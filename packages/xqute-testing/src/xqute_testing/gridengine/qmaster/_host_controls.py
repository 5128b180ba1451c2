"""What a test does to an execution host."""

from __future__ import annotations

from ._cell import Cell


class HostControls:
    """Both methods raise LookupError if there is no such host."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def kill(self, host: str, kill: bool) -> None:
        """Cut a host off, and kill the processes on it or leave them running."""
        cell = self._cell
        self._check(host)
        cell.silent.add(host)
        cell.dispatcher.disabled.add(host)
        for task in cell.jobs.on_host(host):
            if task.job.submission.rerun:
                cell.reschedule(task, kill=kill)
            elif kill:
                cell.execd.forget(task, kill=True)

    def revive(self, host: str) -> None:
        """Have a host come back. It reports what has ended; what was killed with it is gone."""
        cell = self._cell
        self._check(host)
        cell.silent.discard(host)
        cell.dispatcher.disabled.discard(host)
        cell.hear_reports()
        for task in cell.jobs.on_host(host):
            if not task.pid:
                cell.lose_shepherd(task, kill=True)
        cell.dispatcher.wake()

    def _check(self, host: str) -> None:
        if host not in self._cell.config.hosts:
            known = ", ".join(self._cell.config.hosts)
            raise LookupError(f"there is no host {host!r}, only {known}")
