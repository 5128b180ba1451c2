"""The cell: its jobs, and everything that can happen to them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

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
from ._clock import Clock, Timer
from ._config import Config
from ._dispatcher import Dispatcher
from ._job import Job, Task
from ._request import Request
from ._resources import amount
from ._submission import Submission
from .execd._execd import CannotStart, Execd, Exit
from .execd._node_view import NodeView

# Exit statuses of a job that are orders to Grid Engine.
_RUN_AGAIN = 99
_ERROR = 100
_SIGNALLED = 128
#: How many jobs are remembered after their end.
FINISHED_JOBS = 100


class Cell:
    """A Grid Engine of one queue and one user."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = Clock()
        self.view = NodeView(os.path.join(config.folder, "view"))
        self.execd = Execd(config, self.view)
        self.accounting = Accounting(config, self.clock)
        self.dispatcher = Dispatcher(config, self.clock, self._start)
        #: The jobs that have not ended, by number.
        self.jobs: dict[int, Job] = {}
        #: The last jobs that have ended.
        self.finished: list[Job] = []
        #: What tasks that are started next come to instead, if anything.
        self.start_errors: list[str] = []
        #: Hosts whose execd does not answer.
        self.silent: set[str] = set()
        #: Whether the qmaster can be reached, by commands and by hosts.
        self.up = True
        self._last_id = config.first_job - 1
        self._unreported: list[Callable[[], None]] = []
        self._limits: dict[Task, list[Timer]] = {}

    # --- jobs come ---

    def next_id(self) -> int:
        """Return the number of the next job; a refused one has used its number up too."""
        self._last_id += 1
        return self._last_id

    def submit(
        self, job_id: int, name: str, submission: Submission, request: Request, script: str | None
    ) -> Job:
        """Queue a job."""
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
        for predecessor in self.named(submission.predecessors):
            predecessor.successors.append(job_id)
            job.predecessors.append(predecessor.id)
        self.jobs[job_id] = job
        self.dispatcher.add(job)
        return job

    def named(self, words: list[str]) -> list[Job]:
        """Return the jobs that a list of numbers, names and patterns means, each once."""
        found = {}
        for word in words:
            for job in self._matching(word):
                found[job.id] = job
        return list(found.values())

    def _matching(self, word: str) -> Iterator[Job]:
        if word.isdecimal():
            if int(word) in self.jobs:
                yield self.jobs[int(word)]
        else:
            for job in self.jobs.values():
                if fnmatchcase(job.name, word):
                    yield job

    # --- tasks start ---

    def _start(self, task: Task, host: str) -> None:
        task.host, task.started = host, self.clock.now()
        del task.job.waiting[task.id]
        try:
            if self.start_errors:
                raise CannotStart(NO_PROGRAM, self.start_errors.pop(0))
            self.execd.start(task)
        except CannotStart as problem:
            self.put_in_error(task, problem.reason, problem.failed)
            return
        self._set_limits(task)

    def _set_limits(self, task: Task) -> None:
        timers = []
        for name, value in task.job.submission.resources.items():
            seconds = amount("TIME", value) if name in ("h_rt", "s_rt") and value else None
            if seconds is not None and seconds != float("inf"):
                action = self._enforcing(task) if name == "h_rt" else self._warning(task)
                timers.append(self.clock.call_in(seconds, action))
        if timers:
            self._limits[task] = timers

    def _enforcing(self, task: Task) -> Callable[[], None]:
        return lambda: self.enforce_limit(task)

    def _warning(self, task: Task) -> Callable[[], None]:
        return lambda: self.execd.signal(task, signal.SIGUSR1)

    def enforce_limit(self, task: Task) -> None:
        """Kill a task that has run out of its time."""
        task.overdue = True
        self.execd.signal(task, signal.SIGKILL)

    def put_in_error(self, task: Task, reason: str, failed: int) -> None:
        """Put a task that does not run into the error state."""
        self.accounting.write(task, Ending(failed))
        self._to_error(task, reason)

    def _to_error(self, task: Task, reason: str) -> None:
        self._leave_host(task)
        date = self.date_in_list(self.clock.now())
        task.error = f"{date} [{os.getuid()}:{os.getpid()}]: {reason}"

    # --- tasks end ---

    def look_for_ends(self) -> None:
        """See which processes have ended; the qmaster hears of it after a while."""
        for task, how in self.execd.reap():
            self._report(task, how, self.clock.now())

    def _report(self, task: Task, how: Exit, ended: float) -> None:
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
        """Hear of what ended while the qmaster was down, or a host silent."""
        reports, self._unreported = self._unreported, []
        for report in reports:
            report()

    def _ended(self, task: Task, how: Exit, ended: float) -> None:
        if task.job.tasks.get(task.id) is not task or task.pid or not task.runs:
            return
        ending = Ending(_failed(task, how), how.status, how.usage, ended)
        if how.signal:
            ending = Ending(ending.failed, _SIGNALLED + how.signal, how.usage, ended)
        self.accounting.write(task, ending)
        if ending.failed == RESCHEDULED:
            self._queue_again(task)
        elif ending.failed == SAID_ERROR:
            self._to_error(task, f"exit_status of job start = {_ERROR}")
        else:
            self._remove(task)

    def delete(self, task: Task) -> bool:
        """Delete a task; return whether it is gone at once, as it was only waiting."""
        if not task.runs:
            self._remove(task)
            return True
        task.deleted = True
        if task.host not in self.silent:
            self.execd.signal(task, signal.SIGKILL)
        return False

    def reschedule(self, task: Task, *, kill: bool = True) -> None:
        """Have a running task run again, as `qmod -rj` does."""
        self.accounting.write(task, Ending(RESCHEDULED), submitted=0)
        self.execd.forget(task, kill=kill)
        self._queue_again(task)

    def lose(self, task: Task, *, kill: bool) -> None:
        """Forget a task without a trace, and its processes or not."""
        self.execd.forget(task, kill=kill)
        self._remove(task)

    def lose_shepherd(self, task: Task, *, kill: bool) -> None:
        """A task's shepherd has died: it is run again if it may be, else it has failed."""
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
        for timer in self._limits.pop(task, ()):
            timer.cancel()
        task.job.waiting[task.id] = task
        self.dispatcher.add(task.job)

    def _remove(self, task: Task) -> None:
        job = task.job
        if task.runs:
            self.dispatcher.free(task)
        for timer in self._limits.pop(task, ()):
            timer.cancel()
        job.waiting.pop(task.id, None)
        del job.tasks[task.id]
        if not job.tasks:
            self._remove_job(job)
        self.dispatcher.wake()

    def _remove_job(self, job: Job) -> None:
        del self.jobs[job.id]
        self.dispatcher.drop(job)
        for number in job.successors:
            if number in self.jobs:
                self.jobs[number].predecessors.remove(job.id)
        for number in job.predecessors:
            if number in self.jobs:
                self.jobs[number].successors.remove(job.id)
        if job.script is not None:
            os.unlink(job.script)
            self.execd.drop_script(job.id)
        self.finished.append(job)
        del self.finished[:-FINISHED_JOBS]

    # --- what else is asked ---

    def date_in_list(self, when: float) -> str:
        """Return a time as qstat shows it."""
        return time.strftime("%m/%d/%Y %H:%M:%S", time.localtime(when))

    def wait(self) -> float | None:
        """Return the seconds until there is something to do; None for as long as nothing comes."""
        return 0.0 if self.up and self.dispatcher.changed else self.clock.wait()

    def tick(self) -> None:
        """Do what is due: by the clock, and by what has become free."""
        self.clock.run_due()
        self.look_for_ends()
        if self.up:
            self.dispatcher.run()


def _failed(task: Task, how: Exit) -> int:
    if task.deleted:
        return KILLED if how.signal else ENDED
    if how.signal:
        return OVER_LIMIT if task.overdue else KILLED
    return {_RUN_AGAIN: RESCHEDULED, _ERROR: SAID_ERROR}.get(how.status, ENDED)
