"""What a test may do to a cell; `FakeGridEngine` has a method of the same name for each."""

from __future__ import annotations

from ._cell import Cell
from ._command_faults import Fault, Faults, Kind
from ._job import Job, Task
from ._request import Answer

_PUT_IN_ERROR = 27


class Controls:
    """The cell, in the hands of a test."""

    def __init__(self, cell: Cell, faults: Faults) -> None:
        self._cell = cell
        self._faults = faults
        #: Whether the qmaster is frozen: commands wait.
        self.frozen = False
        #: What every command was called with, and its exit status, None while it has none.
        self.log: list[list[object]] = []

    # --- commands ---

    def plan_fault(
        self, command: str, kind: str, times: int, out: str, err: str, status: int, keep: float
    ) -> None:
        """Have the next calls of a command go wrong."""
        self._faults.plan(command, Fault(Kind(kind), times, Answer(out, err, status), keep))

    def calls(self, command: str | None) -> list[list[object]]:
        """Return the calls so far, of one command or of all."""
        return [call for call in self.log if command in (None, call[0])]

    def stop_qmaster(self, seconds: float | None) -> None:
        """Have nothing reach the qmaster, for a while or until it is started."""
        self._cell.up = False
        if seconds is not None:
            self._cell.clock.call_in(seconds, self.start_qmaster)

    def start_qmaster(self) -> None:
        """Have it be reached again; it hears of what has happened meanwhile."""
        self._cell.up = True
        self._cell.hear_reports()

    def freeze_qmaster(self) -> None:
        """Have commands wait."""
        self.frozen = True

    def thaw_qmaster(self) -> None:
        """Have the waiting commands answered."""
        self.frozen = False

    # --- jobs ---

    def lose_job(self, job_id: int, task: int | None, kill: bool) -> None:
        """Forget a job, or one task, and its processes or not."""
        for chosen in self._chosen(job_id, task):
            self._cell.lose(chosen, kill=kill)

    def put_in_error(self, job_id: int, reason: str, task: int | None) -> None:
        """Put waiting tasks into the error state."""
        for chosen in self._chosen(job_id, task):
            if chosen.runs:
                raise LookupError(f"{chosen.label} runs, and so can't be put into the error state")
            self._cell.put_in_error(chosen, reason, _PUT_IN_ERROR)

    def refuse_next_starts(self, reason: str, times: int) -> None:
        """Have the tasks that are started next end in the error state."""
        self._cell.start_errors += [reason] * times

    def enforce_limit(self, job_id: int, task: int | None) -> None:
        """Kill running tasks as if their time was over."""
        for chosen in self._running(job_id, task):
            self._cell.enforce_limit(chosen)

    def kill_shepherd(self, job_id: int, task: int | None, kill: bool) -> None:
        """Kill what watches over running tasks, and the tasks or not."""
        for chosen in self._running(job_id, task):
            self._cell.lose_shepherd(chosen, kill=kill)

    def reschedule(self, job_id: int, task: int | None) -> None:
        """Have running tasks run again."""
        for chosen in self._running(job_id, task):
            self._cell.reschedule(chosen)

    def kill_host(self, host: str, kill: bool) -> None:
        """A host dies, or is only cut off."""
        cell = self._cell
        self._check_host(host)
        cell.silent.add(host)
        cell.dispatcher.disabled.add(host)
        for task in self._on(host):
            if task.job.submission.rerun:
                cell.reschedule(task, kill=kill)
            elif kill:
                cell.execd.forget(task, kill=True)

    def revive_host(self, host: str) -> None:
        """A host comes back; what it had, and no longer has, is gone."""
        cell = self._cell
        self._check_host(host)
        cell.silent.discard(host)
        cell.dispatcher.disabled.discard(host)
        cell.hear_reports()
        for task in self._on(host):
            if not task.pid:
                cell.lose_shepherd(task, kill=True)
        cell.dispatcher.wake()

    # --- dispatch ---

    def hold_dispatch(self) -> None:
        """Start nothing."""
        self._cell.dispatcher.held = True
        self._cell.dispatcher.allowed.clear()

    def dispatch(self, job_id: int, task: int | None) -> None:
        """Start a job, or one task, though all others are held."""
        self._chosen(job_id, task)
        self._cell.dispatcher.allowed.add((job_id, task))
        self._cell.dispatcher.wake()

    def release_dispatch(self) -> None:
        """Start what can be started."""
        self._cell.dispatcher.held = False
        self._cell.dispatcher.wake()

    # --- accounting ---

    def delay_accounting(self, seconds: float) -> None:
        """Write lines late."""
        self._cell.accounting.delay = seconds

    def lose_accounting(self, job_id: int | None) -> None:
        """Write no line of a job, or none at all."""
        self._cell.accounting.lost.add(job_id)

    # --- files ---

    def hold_files(self, folder: str) -> None:
        """Show late what jobs write below a folder."""
        self._cell.view.hold(folder)

    def show_files(self) -> None:
        """Show what was written up to now."""
        self._cell.view.show()

    def release_files(self) -> None:
        """Show everything, and hold nothing back any more."""
        self._cell.view.release()

    # --- the clock ---

    def now(self) -> float:
        """Return the time of the cell."""
        return self._cell.clock.now()

    def stop_clock(self) -> None:
        """Have it stand still."""
        self._cell.clock.stop()

    def start_clock(self) -> None:
        """Have it go on."""
        self._cell.clock.go()

    def advance(self, seconds: float) -> None:
        """Move it forward."""
        self._cell.clock.advance(seconds)

    # --- looking ---

    def states(self, job_id: int) -> dict[int, str]:
        """Return the states of the tasks of a job, by task; none when it is gone."""
        job = self._cell.jobs.get(job_id)
        return {task.id: task.state for task in job.tasks.values()} if job else {}

    def jobs(self) -> list[int]:
        """Return the numbers of all jobs that have not ended."""
        return list(self._cell.jobs)

    def hosts_of(self, job_id: int) -> dict[int, str]:
        """Return where the running tasks of a job run."""
        return {task.id: task.host or "" for task in self._job(job_id).running}

    def pids(self, job_id: int) -> dict[int, int]:
        """Return the first processes of the running tasks of a job."""
        return {task.id: task.pid for task in self._job(job_id).running}

    # --- which tasks are meant ---

    def _job(self, job_id: int) -> Job:
        try:
            return self._cell.jobs[job_id]
        except KeyError:
            raise LookupError(f"there is no job {job_id}") from None

    def _chosen(self, job_id: int, task: int | None) -> list[Task]:
        tasks = self._job(job_id).tasks
        if task is None:
            return list(tasks.values())
        if task not in tasks:
            raise LookupError(f"there is no task {task} of job {job_id}")
        return [tasks[task]]

    def _running(self, job_id: int, task: int | None) -> list[Task]:
        running = [chosen for chosen in self._chosen(job_id, task) if chosen.runs]
        if not running:
            raise LookupError(f"job {job_id} does not run")
        return running

    def _on(self, host: str) -> list[Task]:
        jobs = list(self._cell.jobs.values())
        return [task for job in jobs for task in job.tasks.values() if task.host == host]

    def _check_host(self, host: str) -> None:
        if host not in self._cell.config.hosts:
            known = ", ".join(self._cell.config.hosts)
            raise LookupError(f"there is no host {host!r}, only {known}")
