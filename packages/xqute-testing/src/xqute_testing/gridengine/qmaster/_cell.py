"""The cell: all state of the fake Grid Engine, and what happens to its tasks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from ._accounting import (
    ENDED,
    HOST_LOST,
    KILLED,
    NO_PROGRAM,
    OVER_LIMIT,
    RESCHEDULED,
    SAID_ERROR,
    Accounting,
    Ending,
)
from ._clock import Clock
from ._config import Config
from ._dispatcher import Dispatcher
from ._job import Job, Task
from ._job_table import JobTable
from ._request import Request
from ._submission import Submission
from ._time_limits import TimeLimits
from .execd._execd import CannotStart, Execd, Exit
from .execd._node_view import NodeView

# The exit statuses with which a job asks Grid Engine to run it again, or to put it into the error
# state (see "EXIT STATUS" in qsub(1)).
_RUN_AGAIN = 99
_ERROR = 100
_SIGNALLED = 128


class Cell:
    """A Grid Engine of one queue and one user.

    Attributes:
        config: Its settings.
        clock: Its time.
        jobs: Its jobs.
        dispatcher: Gives waiting tasks to hosts.
        execd: Runs the processes of all hosts.
        node_view: What the hosts see of folders whose files are held.
        limits: The time limits of running tasks.
        accounting: Writes the accounting file.
        up: Whether commands and hosts can reach the qmaster.
        silent: The hosts that can't be reached.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = Clock()
        self.jobs = JobTable(config.first_job)
        self.node_view = NodeView(os.path.join(config.folder, "view"))
        self.execd = Execd(config, self.node_view)
        self.limits = TimeLimits(self.clock, self.execd)
        self.accounting = Accounting(config, self.clock)
        self.dispatcher = Dispatcher(config, self.clock, self._start)
        self.up = True
        self.silent: set[str] = set()
        # The reasons why the next starts are refused.
        self._refusals: list[str] = []
        # Ends of tasks that hosts could not report yet.
        self._unreported: list[Callable[[], None]] = []

    # --- the qmaster goes down and comes back ---

    def go_down(self, seconds: float | None) -> None:
        """Make the qmaster unreachable, for some seconds of the clock or until it comes back."""
        self.up = False
        if seconds is not None:
            self.clock.call_in(seconds, self.come_back)

    def come_back(self) -> None:
        """Make the qmaster reachable again. It then learns which tasks have ended meanwhile."""
        self.up = True
        self.hear_reports()

    # --- a job is submitted ---

    def submit(
        self, job_id: int, name: str, submission: Submission, request: Request, script: str | None
    ) -> Job:
        """Queue a job.

        Args:
            job_id: The number of the job, from `jobs.next_id()`.
            name: The name of the job.
            submission: The options of qsub.
            request: The call of qsub.
            script: The path of the job's script, None for a command.
        """
        now = self.clock.now()
        job = Job(
            id=job_id,
            name=name,
            owner=self.config.user,
            submission=submission,
            environ=dict(request.environ),
            workdir=request.cwd,
            submitted=now,
            slots=submission.pe[1] if submission.pe else 1,
            is_array=submission.tasks is not None,
            script=script,
        )
        for number in submission.tasks or (1,):
            task = Task(id=number, job=job, queued=now, held=bool(submission.hold))
            job.tasks[number] = job.waiting[number] = task
        for predecessor in self.jobs.named(submission.predecessors):
            predecessor.successors.append(job_id)
            job.predecessors.append(predecessor.id)
        self.jobs.add(job)
        self.dispatcher.add(job)
        return job

    # --- a task starts ---

    def refuse_next_starts(self, reason: str, times: int) -> None:
        """Put the next tasks that are started into the error state instead."""
        self._refusals += [reason] * times

    def _start(self, task: Task, host: str) -> None:
        task.host, task.started = host, self.clock.now()
        del task.job.waiting[task.id]
        try:
            if self._refusals:
                raise CannotStart(NO_PROGRAM, self._refusals.pop(0))
            self.execd.start(task)
        except CannotStart as problem:
            self.put_in_error(task, problem.reason, problem.failed)
            return
        self.limits.start(task)

    def put_in_error(self, task: Task, reason: str, failed: int) -> None:
        """Put a task that does not run into the error state.

        Args:
            task: The task.
            reason: What `qstat -j` shows.
            failed: What the accounting line has as `failed`.
        """
        self.accounting.write(task, Ending(failed))
        self._to_error(task, reason)

    def _to_error(self, task: Task, reason: str) -> None:
        self._leave_host(task)
        date = time.strftime("%m/%d/%Y %H:%M:%S", time.localtime(self.clock.now()))
        task.error = f"{date} [{os.getuid()}:{os.getpid()}]: {reason}"

    # --- a task ends ---

    def _reap(self) -> None:
        for task, how in self.execd.reap():
            self._report(task, how, self.clock.now())

    def _report(self, task: Task, how: Exit, ended: float) -> None:
        """Tell the qmaster, after the delay, that a task has ended."""

        def report() -> None:
            if self.up and task.host not in self.silent:
                self._ended(task, how, ended)
            else:
                self._unreported.append(report)

        if self.config.report_delay > 0:
            self.clock.call_in(self.config.report_delay, report)
        else:
            report()

    def hear_reports(self) -> None:
        """Take the reports of hosts that could not reach the qmaster before."""
        reports, self._unreported = self._unreported, []
        for report in reports:
            report()

    def _ended(self, task: Task, how: Exit, ended: float) -> None:
        if task.job.tasks.get(task.id) is not task or task.pid or not task.runs:
            # The task was deleted, lost or queued again before the report came.
            return
        status = _SIGNALLED + how.signal if how.signal else how.status
        ending = Ending(_failed(task, how), status, how.usage, ended)
        self.accounting.write(task, ending)
        if ending.failed == RESCHEDULED:
            self._queue_again(task)
        elif ending.failed == SAID_ERROR:
            self._to_error(task, f"exit_status of job start = {_ERROR}")
        else:
            self._remove(task)

    def delete(self, task: Task) -> bool:
        """Delete a task. Return whether it is gone at once, because it was only waiting."""
        if not task.runs:
            self._remove(task)
            return True
        task.deleted = True
        if task.host not in self.silent:
            self.execd.signal(task, signal.SIGKILL)
        return False

    def reschedule(self, task: Task, *, kill: bool = True) -> None:
        """Queue a running task again, as `qmod -rj` does; kill its processes or leave them."""
        self.accounting.write(task, Ending(RESCHEDULED), submitted=0)
        self.execd.forget(task, kill=kill)
        self._queue_again(task)

    def lose(self, task: Task, *, kill: bool) -> None:
        """Forget a task without an accounting line; kill its processes or leave them."""
        self.execd.forget(task, kill=kill)
        self._remove(task)

    def lose_shepherd(self, task: Task, *, kill: bool) -> None:
        """The shepherd of a task has died: queue the task again if it may be, else end it."""
        self.accounting.write(task, Ending(HOST_LOST))
        self.execd.forget(task, kill=kill)
        if task.job.submission.rerun and not task.deleted:
            self._queue_again(task)
        else:
            self._remove(task)

    def _queue_again(self, task: Task) -> None:
        self._leave_host(task)
        task.restarted = True
        task.queued = self.clock.now()
        if self.config.restart_delay > 0:
            task.not_before = task.queued + self.config.restart_delay
            self.clock.call_in(self.config.restart_delay, self.dispatcher.wake)

    def _leave_host(self, task: Task) -> None:
        self.dispatcher.free(task)
        task.host, task.started, task.suspended = None, 0.0, False
        self.limits.cancel(task)
        task.job.waiting[task.id] = task
        self.dispatcher.add(task.job)

    def _remove(self, task: Task) -> None:
        job = task.job
        if task.runs:
            self.dispatcher.free(task)
        self.limits.cancel(task)
        job.waiting.pop(task.id, None)
        del job.tasks[task.id]
        if not job.tasks:
            self._remove_job(job)
        self.dispatcher.wake()

    def _remove_job(self, job: Job) -> None:
        self.jobs.remove(job)
        self.dispatcher.drop(job)
        for number in job.successors:
            if successor := self.jobs.get(number):
                successor.predecessors.remove(job.id)
        for number in job.predecessors:
            if predecessor := self.jobs.get(number):
                predecessor.successors.remove(job.id)
        if job.script is not None:
            os.unlink(job.script)
            self.execd.drop_script(job.id)

    # --- the event loop asks ---

    def wait(self) -> float | None:
        """Return the seconds until something is due, None if nothing will be by itself."""
        return 0.0 if self.up and self.dispatcher.changed else self.clock.wait()

    def tick(self) -> None:
        """Run what is due, take the ends of processes, and start what can start."""
        self.clock.run_due()
        self._reap()
        if self.up:
            self.dispatcher.run()


def _failed(task: Task, how: Exit) -> int:
    """Return what the accounting line has as `failed`."""
    if task.deleted:
        return KILLED if how.signal else ENDED
    if how.signal:
        return OVER_LIMIT if task.overdue else KILLED
    return {_RUN_AGAIN: RESCHEDULED, _ERROR: SAID_ERROR}.get(how.status, ENDED)
