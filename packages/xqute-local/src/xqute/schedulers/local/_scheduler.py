"""The scheduler `local`: each job is a wrapped script in a session of its own on this host."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import math
import signal
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

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
from xqute.schedulers.local._exit_watcher import ExitWatcher, make_exit_watcher
from xqute.schedulers.local._find_process import find_processes
from xqute.schedulers.local._job import LocalJob
from xqute.schedulers.local._process_table import ProcessTable
from xqute.schedulers.local._script_exit import failure_of_exit
from xqute.schedulers.local._script_process import ScriptProcess

logger = logging.getLogger("xqute")

# Errors of starting a process that may pass (fork(2), execve(2)).
_PASSING_ERRORS = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY}
# The number of processes that are started in a row before other tasks may run.
_BATCH_SIZE = 16
# Seconds between two looks at the processes that have outlived their script, at least.
_ORPHAN_INTERVAL = 0.02
# A look may take long where there are thousands of processes. The pause after it is this many times
# as long, at least.
_PAUSE_PER_LOOK = 4.0
# Seconds after SIGKILL until a process that does not end is given up.
_GIVE_UP_AFTER = 15.0


class LocalScheduler(Scheduler[LocalJob]):
    """Runs each job as a process of this host, which outlives the controller.

    It is told when a process ends, so that core need not poll. A kill ends the whole process tree:
    SIGTERM, then SIGKILL after `kill_grace` seconds.
    """

    name: ClassVar[str] = "local"
    job_class = LocalJob
    polls: ClassVar[bool] = False
    shared_files: ClassVar[bool] = False
    result_grace: float = 0.0
    call_timeout: float = math.inf

    _exit_watcher: ExitWatcher

    def __init__(self, job_metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options; see `Scheduler`."""
        super().__init__(job_metadir, forks, options)
        # The jobs that are followed: their script runs, or processes of it have to be ended.
        self._running: dict[LocalJob, ScriptProcess] = {}
        # Those of them whose script has ended, and whose other processes have to be ended.
        self._orphaned: dict[LocalJob, ScriptProcess] = {}
        # The jobs that have ended, until core has done with them: how they ended, what they used.
        self._ended: dict[LocalJob, ScriptProcess] = {}
        # What has changed since the last status query.
        self._news: dict[LocalJob, QueueState] = {}
        self._cleanup = contextlib.ExitStack()
        self._closed = False

    async def start(self) -> None:
        """Start watching for exits."""
        self._exit_watcher = make_exit_watcher()
        self._cleanup.callback(self._exit_watcher.close)

    async def close(self) -> None:
        """Stop following jobs. Those that run go on."""
        self._closed = True
        self._cleanup.close()

    # --- submitting ---

    async def submit_job(self, job: LocalJob) -> str:
        """Start the wrapped script; the id of the job is the identity of its process."""
        shell = job.option(self, "shell")
        try:
            command = [shell, job.script_path]
            process = ScriptProcess.start(command, job.inherited.variables)
        except OSError as error:
            if error.errno in _PASSING_ERRORS:
                raise SubmitFailed(f"no process can be started now: {error}") from error
            raise SubmitRejected(f"{shell} can't be started: {error}") from error
        self._follow(job, process)
        return str(process.identity)

    async def submit_jobs(
        self, jobs: Sequence[LocalJob]
    ) -> AsyncIterator[tuple[LocalJob, str | SubmitFailed | SubmitDoubtful | SubmitRejected]]:
        """Start the jobs one after the other."""
        for count, job in enumerate(jobs, 1):
            try:
                yield job, await self.submit_job(job)
            except (SubmitFailed, SubmitRejected) as error:
                yield job, error
            if count % _BATCH_SIZE == 0:
                await asyncio.sleep(0)

    def _follow(self, job: LocalJob, process: ScriptProcess) -> None:
        self._ended.pop(job, None)
        self._running[job] = process
        self._exit_watcher.watch(process, lambda: self._on_script_exit(job, process))
        self._report(job, QueueState.RUNNING)

    def _report(self, job: LocalJob, state: QueueState) -> None:
        self._news[job] = state
        self.changed.set()

    # --- status queries ---

    async def job_is_running(self, job: LocalJob) -> bool:
        """Return whether the process that is meant by the id of the job is there."""
        identity = ProcessIdentity.parse(job.uid or "")
        return identity is not None and not ScriptProcess.take_up(identity).has_ended()

    async def job_states(
        self, jobs: Collection[LocalJob]
    ) -> Mapping[LocalJob, QueueState | InError]:
        """Return the states that have changed since the last query."""
        # Core has done with a job that was reported as gone and is not asked for any more.
        for job in [job for job in self._ended if job not in jobs and job not in self._news]:
            del self._ended[job]
        return {job: self._news.pop(job) for job in tuple(self._news) if job in jobs}

    async def find_jobs(self, jobs: Sequence[LocalJob]) -> Mapping[LocalJob, str]:
        """Return the ids of the jobs whose script runs."""
        return {job: str(identity) for job, identity in find_processes(self, jobs).items()}

    def follow(self, job: LocalJob, uid: str) -> None:
        """Watch for the end of a job that `find_jobs` has found."""
        identity = ProcessIdentity.parse(uid)
        # After a submission in doubt it may well be the process that was started here.
        known = self._running.get(job) or self._ended.get(job)
        if identity is not None and (known is None or known.identity != identity):
            self._follow(job, ScriptProcess.take_up(identity))

    def check_former(self, job: LocalJob) -> None:
        """Refuse a job that was started on another host: its process can't be seen from here.

        Raises:
            MetadirConflict: It was started on another host.
        """
        identity = ProcessIdentity.parse(job.uid or "")
        if identity is not None and not identity.here:
            raise MetadirConflict(
                f"job {job.index} was started by a former run on host {identity.host}, and has "
                f"left no result: go on there, or remove {job.folder}"
            )

    # --- the end of a job ---

    def _on_script_exit(self, job: LocalJob, process: ScriptProcess) -> None:
        process.has_ended()
        if self._running.get(job) is not process:
            # Another copy of this attempt was found to have the claim, and is followed instead.
            process.reap()
            return
        if process.kill_at is None and not self._may_leave_orphans(job, process):
            self._on_end(job, process)
            return
        if not self._orphaned:
            asyncio.get_running_loop().call_soon(self._end_orphans)
        self._orphaned[job] = process

    @staticmethod
    def _may_leave_orphans(job: LocalJob, process: ScriptProcess) -> bool:
        """Return whether the script did not come to its regular end.

        It was killed or could not write its result, or the command ran into its timeout. Processes
        that run after a regular end are those that the job wanted to leave, such as a daemon.
        """
        if process.code is None:
            return not job.rc_file.exists()
        return process.code not in (ScriptExit.REPORTED, ScriptExit.CLAIMED)

    def _end_orphans(self) -> None:
        """Send SIGTERM and in the end SIGKILL to what scripts have left, until nothing is left."""
        if self._closed:
            return
        began = time.monotonic()
        table = ProcessTable()
        for job, process in tuple(self._orphaned.items()):
            if process.kill_at is None:
                process.kill_at = began + job.option(self, "kill_grace")
                process.send_signal(signal.SIGTERM, table)
            left = process.tree(table)
            late = began - process.kill_at
            if left and late < _GIVE_UP_AFTER:
                if late >= 0:
                    process.send_signal(signal.SIGKILL, table)
                continue
            if left:
                logger.warning("%r: processes %s can't be ended", job, sorted(left))
            del self._orphaned[job]
            self._on_end(job, process)
        if self._orphaned:
            pause = max(_ORPHAN_INTERVAL, _PAUSE_PER_LOOK * (time.monotonic() - began))
            asyncio.get_running_loop().call_later(pause, self._end_orphans)

    def _on_end(self, job: LocalJob, process: ScriptProcess) -> None:
        process.reap()
        if process.code == ScriptExit.CLAIMED:
            # Another copy of this attempt has the claim, and so is the one to follow.
            identity = find_processes(self, [job]).get(job)
            if identity is not None:
                self._follow(job, ScriptProcess.take_up(identity))
                if process.kill_at is not None:
                    self._kill([job])
                return
        del self._running[job]
        self._ended[job] = process
        self._report(job, QueueState.GONE)

    async def kill_job(self, job: LocalJob) -> None:
        """End the job's process tree; see `kill_jobs`."""
        await self.kill_jobs([job])

    async def kill_jobs(self, jobs: Sequence[LocalJob]) -> None:
        """Send SIGTERM to the process trees of jobs, and SIGKILL after `kill_grace` seconds."""
        self._kill(jobs)

    def _kill(self, jobs: Sequence[LocalJob]) -> None:
        table = ProcessTable()
        killed: dict[float, list[ScriptProcess]] = {}
        for job in jobs:
            process = self._running.get(job)
            if process is None or process.kill_at is not None:
                continue
            grace = job.option(self, "kill_grace")
            process.kill_at = time.monotonic() + grace
            process.send_signal(signal.SIGTERM, table)
            killed.setdefault(grace, []).append(process)
        for grace, processes in killed.items():
            asyncio.get_running_loop().call_later(grace, self._kill_hard, processes)

    def _kill_hard(self, processes: Sequence[ScriptProcess]) -> None:
        # Once the script has ended, `_end_orphans` takes care of the rest of its tree.
        left = [process for process in processes if process.child or process.identity.alive]
        if left and not self._closed:
            table = ProcessTable()
            for process in left:
                process.send_signal(signal.SIGKILL, table)

    # --- what is known of a job that has ended ---

    def usage(self, job: LocalJob) -> Usage | None:
        """Return what the kernel has counted for a child, else what the script has measured."""
        process = self._ended.get(job)
        return process.usage if process and process.usage else super().usage(job)

    async def accounts(self, jobs: Sequence[LocalJob]) -> Mapping[LocalJob, Account]:
        """Return how the scripts ended that left no result."""
        processes = {job: self._ended[job] for job in jobs if job in self._ended}
        return {
            job: Account(failure_of_exit(process.code, job.folder), process.usage)
            for job, process in processes.items()
        }
