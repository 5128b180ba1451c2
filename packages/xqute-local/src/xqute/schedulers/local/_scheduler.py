"""The scheduler `local`: each job a wrapped script in a session of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import os
import signal
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import ClassVar

from xqute import (
    Account,
    InError,
    MetadirConflict,
    ProcessIdentity,
    QueueState,
    Scheduler,
    ScriptExit,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
    Usage,
)
from xqute.schedulers.local._evidence import failure_of
from xqute.schedulers.local._exit_watcher import ExitWatcher, best_exit_watcher
from xqute.schedulers.local._finding import find
from xqute.schedulers.local._job import LocalJob
from xqute.schedulers.local._process import Process
from xqute.schedulers.local._tree import ProcessTable

logger = logging.getLogger("xqute")

# No process can be started now, but there will be room again (fork(2), execve(2)).
_PASSING = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY}
# How many processes are started before the event loop gets its turn.
_AT_ONCE = 16
# Seconds between two looks at processes that outlived their script, and until they are given up.
_LOOK_AGAIN = 0.02
_GIVE_UP_AFTER = 15.0
# How much longer the pause between two such looks is, at least, than a look itself.
_PAUSE = 4.0


class LocalScheduler(Scheduler[LocalJob]):
    """Runs each job as a process of this machine, which outlives the controller.

    Ends are noticed, not polled for. A kill ends the whole process tree: SIGTERM, `kill_grace`
    seconds, SIGKILL.
    """

    name: ClassVar[str] = "local"
    job_class = LocalJob
    polls: ClassVar[bool] = False
    shared_files: ClassVar[bool] = False
    result_grace: float = 0.0
    call_timeout: float = math.inf

    _exit_watcher: ExitWatcher

    async def start(self) -> None:
        """Take the environment that jobs start with."""
        self._exit_watcher = best_exit_watcher()
        self._env = dict(os.environb)
        # Exported functions of bash are such: BASH_FUNC_module%% is no name for a POSIX shell.
        self.dropped_variables = {
            name: value
            for name, value in os.environ.items()
            if not (name.isascii() and name.isidentifier())
        }
        # One that has ended is forgotten when it was asked what it has used.
        self._processes: dict[LocalJob, Process] = {}
        # Those whose script has ended, and that may have processes left which have to end too.
        self._leaving: dict[LocalJob, Process] = {}
        self._news: dict[LocalJob, QueueState] = {}
        self._closed = False

    async def close(self) -> None:
        """Follow no job any more; those that run go on."""
        self._closed = True
        self._exit_watcher.close()

    # --- starting ---

    async def submit_job(self, job: LocalJob) -> str:
        """Start the job's script; its id is the identity of that process."""
        shell = job.option(self, "shell")
        try:
            process = Process.start(shell, job.script_path, self._env)
        except OSError as error:
            if error.errno in _PASSING:
                raise SubmitFailed(f"no process can be started now: {error}") from error
            raise SubmitRejected(f"{shell} can't be started: {error}") from error
        self._follow(job, process)
        return str(process.identity)

    async def submit_jobs(
        self, jobs: Sequence[LocalJob]
    ) -> AsyncIterator[tuple[LocalJob, str | SubmitFailed | SubmitDoubtful | SubmitRejected]]:
        """Start jobs one after the other."""
        for count, job in enumerate(jobs, 1):
            try:
                yield job, await self.submit_job(job)
            except (SubmitFailed, SubmitRejected) as error:
                yield job, error
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def _follow(self, job: LocalJob, process: Process) -> None:
        self._processes[job] = process
        self._exit_watcher.watch(process, lambda: self._script_ended(job))
        self._tell(job, QueueState.RUNNING)

    def _tell(self, job: LocalJob, state: QueueState) -> None:
        self._news[job] = state
        self.changed.set()

    # --- asking ---

    async def job_is_running(self, job: LocalJob) -> bool:
        """Return whether the process that the job's id stands for is there."""
        identity = ProcessIdentity.parse(job.uid or "")
        return identity is not None and not Process.adopt(identity).ended()

    async def job_states(
        self, jobs: Collection[LocalJob]
    ) -> Mapping[LocalJob, QueueState | InError]:
        """Return what has changed since the last time."""
        return {job: self._news.pop(job) for job in tuple(self._news) if job in jobs}

    async def find_jobs(self, jobs: Sequence[LocalJob]) -> Mapping[LocalJob, str]:
        """Return the ids of jobs whose script runs."""
        return {job: str(identity) for job, identity in find(self, jobs).items()}

    def follow(self, job: LocalJob, uid: str) -> None:
        """Notice the end of a job that was found."""
        identity = ProcessIdentity.parse(uid)
        if identity is not None:
            self._follow(job, Process.adopt(identity))

    def check_former(self, job: LocalJob) -> None:
        """Refuse jobs that were started on another host: their processes can't be seen from here.

        Raises:
            MetadirConflict: It was started on another host.
        """
        identity = ProcessIdentity.parse(job.uid or "")
        if identity is not None and not identity.here:
            raise MetadirConflict(
                f"job {job.index} was started by a former run on host {identity.host}, and has "
                f"left no result: go on there, or remove {job.folder}"
            )

    # --- ending ---

    def _script_ended(self, job: LocalJob) -> None:
        process = self._processes[job]
        process.ended()
        if process.kill_at is None and not self._left_something(job, process):
            self._gone(job, process)
            return
        # It was killed, died without a word, or ran into its timeout: what is left is an orphan.
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._end_orphans)
        self._leaving[job] = process

    @staticmethod
    def _left_something(job: LocalJob, process: Process) -> bool:
        if process.code is None:
            return not job.rc_file.exists()
        return process.code not in (ScriptExit.REPORTED, ScriptExit.CLAIMED)

    def _end_orphans(self) -> None:
        """Wait for all that scripts have left behind, and end it when its time is up."""
        if self._closed:
            return
        began = time.monotonic()
        table = ProcessTable()
        for job, process in tuple(self._leaving.items()):
            if process.kill_at is None:
                process.kill_at = began + job.option(self, "kill_grace")
                process.send(signal.SIGTERM, table)
            rest = process.members(table)
            late = began - process.kill_at
            if rest and late < _GIVE_UP_AFTER:
                if late >= 0:
                    process.send(signal.SIGKILL, table)
                continue
            if rest:
                logger.warning("%r: processes %s can't be ended", job, sorted(rest))
            del self._leaving[job]
            self._gone(job, process)
        if self._leaving:
            # Where there are thousands of processes a look takes its time.
            pause = max(_LOOK_AGAIN, _PAUSE * (time.monotonic() - began))
            asyncio.get_running_loop().call_later(pause, self._end_orphans)

    def _gone(self, job: LocalJob, process: Process) -> None:
        process.reap()
        if process.code == ScriptExit.CLAIMED:
            # The other copy of this attempt is the job.
            identity = find(self, [job]).get(job)
            if identity is not None:
                self._follow(job, Process.adopt(identity))
                if process.kill_at is not None:
                    self._kill([job])
                return
        self._tell(job, QueueState.GONE)

    async def kill_job(self, job: LocalJob) -> None:
        """End the job's process tree."""
        await self.kill_jobs([job])

    async def kill_jobs(self, jobs: Sequence[LocalJob]) -> None:
        """Send SIGTERM to the process trees of jobs, and SIGKILL after `kill_grace` seconds."""
        self._kill(jobs)

    def _kill(self, jobs: Sequence[LocalJob]) -> None:
        table = ProcessTable()
        killed: dict[float, list[Process]] = {}
        for job in jobs:
            process = self._processes.get(job)
            if process is None or process.kill_at is not None:
                continue
            grace = job.option(self, "kill_grace")
            process.kill_at = time.monotonic() + grace
            process.send(signal.SIGTERM, table)
            killed.setdefault(grace, []).append(process)
        for grace, processes in killed.items():
            asyncio.get_running_loop().call_later(grace, self._kill_hard, processes)

    def _kill_hard(self, processes: Sequence[Process]) -> None:
        # When its script has ended, `_end_orphans` sees to the rest.
        left = [process for process in processes if process.child or process.identity.alive]
        if left and not self._closed:
            table = ProcessTable()
            for process in left:
                process.send(signal.SIGKILL, table)

    # --- what is known afterwards ---

    def usage(self, job: LocalJob) -> Usage | None:
        """Return what the kernel has counted for a child, else what the script has measured."""
        process = self._processes.pop(job, None)
        return process.usage if process and process.usage else super().usage(job)

    async def accounts(self, jobs: Sequence[LocalJob]) -> Mapping[LocalJob, Account]:
        """Return how scripts ended that left no result."""
        processes = {job: self._processes.pop(job) for job in jobs if job in self._processes}
        return {
            job: Account(failure_of(process.code, job.folder), process.usage)
            for job, process in processes.items()
        }
