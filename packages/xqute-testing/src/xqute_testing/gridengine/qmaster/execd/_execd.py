"""What the execution hosts do: start, signal and collect the processes of tasks.

The first process of a task is a child of the qmaster and leads a session of its own. When it ends,
all processes that the task has left behind are killed, in whatever session they are. A real host
knows them by a group id that it has given to the job, this one by a variable in their environment.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .._accounting import NO_FOLDER, NO_OUTPUT, NO_PROGRAM
from .._config import Config
from .._job import Task
from ._environment import environment, mark, script_path
from ._node_view import NodeView
from ._output_paths import output_paths
from ._processes import children, descendants, send, send_to_group, variable

# Seconds to wait for the processes that `close` has killed.
_CLOSE_TIMEOUT = 5.0


class CannotStart(Exception):
    """A task can't be started.

    Attributes:
        failed: The value of `failed` in its accounting record.
        reason: What `qstat -j` shows.
    """

    def __init__(self, failed: int, reason: str) -> None:
        super().__init__(reason)
        self.failed = failed
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Exit:
    """How the first process of a task ended.

    Attributes:
        status: Its exit status, 0 if a signal killed it.
        signal: The number of the signal that killed it, else 0.
        usage: What it has used.
    """

    status: int
    signal: int
    usage: resource.struct_rusage


class Execd:
    """Runs the processes of all hosts."""

    def __init__(self, config: Config, view: NodeView) -> None:
        self._config = config
        self._view = view
        # The first process of each task, with the task and its mark. The task is None once it is
        # forgotten.
        self._first: dict[int, tuple[Task | None, str]] = {}
        # The marks of forgotten tasks whose processes are left running.
        self._left_alone: set[str] = set()
        # Jobs with such processes. Their shell may not have read its script yet, so that is kept.
        self._kept_scripts: set[int] = set()
        self._null = os.open(os.devnull, os.O_RDWR)
        self._folder = os.open(config.folder, os.O_RDONLY | os.O_DIRECTORY)

    def start(self, task: Task) -> None:
        """Start the first process of a task.

        Raises:
            CannotStart: It can't be started.
        """
        opened: list[int] = []
        try:
            task.pid = self._start(task, opened)
        except CannotStart:
            self._delete_scratch(task)
            raise
        finally:
            for descriptor in opened:
                os.close(descriptor)
            os.fchdir(self._folder)
        self._first[task.pid] = task, mark(task, self._config)

    def _start(self, task: Task, opened: list[int]) -> int:
        folder = self._view.of(task.job.submission.cwd or self._config.home)
        try:
            os.chdir(folder)
        except OSError as error:
            reason = f"error: can't chdir to {folder}: {error.strerror}"
            raise CannotStart(NO_FOLDER, reason) from None
        out, err = (self._view.of(path) for path in output_paths(task, self._config))
        opened.append(_open(out, "stdout_path"))
        if err != out:
            opened.append(_open(err, "stderr_path"))
        environ = environment(task, out, err, self._config)
        os.makedirs(environ["TMPDIR"], exist_ok=True)
        command = self._command(task, environ["SHELL"])
        try:
            return os.posix_spawn(
                _executable(command[0], environ["PATH"]),
                [os.path.basename(command[0]), *command[1:]],
                environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, self._null, 0),
                    (os.POSIX_SPAWN_DUP2, opened[0], 1),
                    (os.POSIX_SPAWN_DUP2, opened[-1], 2),
                ],
                setsid=True,
                setsigmask=(),
                # Python ignores these two signals, and a child would inherit that.
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
            )
        except OSError as error:
            reason = f'execvlp({command[0]}, "{command[0]}") failed: {error.strerror}'
            raise CannotStart(NO_PROGRAM, reason) from None

    def _command(self, task: Task, shell: str) -> list[str]:
        job = task.job
        if job.script is not None:
            path = script_path(task, self._config)
            if not os.path.exists(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(job.script, "rb") as script, open(path, "wb") as copy:
                    copy.write(self._view.script(script.read()))
            return [shell, path, *job.submission.args]
        words = [job.submission.command or "", *job.submission.args]
        words = [os.fsdecode(self._view.script(os.fsencode(word))) for word in words]
        return words if job.submission.use_shell is False else [shell, "-c", " ".join(words)]

    def signal(self, task: Task, number: signal.Signals) -> None:
        """Send a signal to all processes of a task."""
        if task.pid:
            pids = list(descendants(task.pid))
            send_to_group(task.pid, number)
            send(pids, number)

    def forget(self, task: Task, *, kill: bool) -> None:
        """Forget the processes of a task, and kill them or leave them running."""
        if not task.pid:
            return
        if kill:
            self.signal(task, signal.SIGKILL)
        else:
            self._left_alone.add(mark(task, self._config))
            self._kept_scripts.add(task.job.id)
        self._first[task.pid] = None, mark(task, self._config)
        task.pid = 0

    def reap(self) -> Iterator[tuple[Task, Exit]]:
        """Yield the tasks whose first process has ended, and kill what they have left behind."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                break
            task, _mark = self._first.pop(pid, (None, ""))
            if task is not None:
                # The group may have outlived its leader. The kernel does not reuse the number yet.
                send_to_group(pid, signal.SIGKILL)
                task.pid = 0
                self._delete_scratch(task)
                code = os.waitstatus_to_exitcode(status)
                yield task, Exit(max(0, code), max(0, -code), usage)
        self._sweep()

    def _sweep(self) -> None:
        """Kill the orphans of tasks that have ended."""
        orphans = [pid for pid in children(os.getpid()) if pid not in self._first]
        if orphans:
            known = {mark for _task, mark in self._first.values()} | self._left_alone
            send(
                (pid for pid in orphans if variable(pid, "SGE_JOB_SPOOL_DIR") not in known),
                signal.SIGKILL,
            )

    def drop_script(self, job_id: int) -> None:
        """Delete the copies of the script of a job that has ended."""
        for host in self._config.hosts if job_id not in self._kept_scripts else ():
            path = os.path.join(self._config.spool(host), "job_scripts", str(job_id))
            if os.path.exists(path):
                os.unlink(path)

    def close(self) -> None:
        """Kill all processes of all jobs, and wait for their end."""
        end = time.monotonic() + _CLOSE_TIMEOUT
        while time.monotonic() < end:
            for pid in {*self._first, *children(os.getpid())}:
                pids = list(descendants(pid))
                if pid in self._first:
                    send_to_group(pid, signal.SIGKILL)
                send(pids, signal.SIGKILL)
            try:
                self._first.pop(os.wait()[0], None)
            except ChildProcessError:
                return

    def _delete_scratch(self, task: Task) -> None:
        run = f"{task.job.id}.{task.id}.{self._config.queue}"
        path = os.path.join(self._config.scratch, run)
        try:
            os.rmdir(path)
        except OSError:
            # The folder is not empty, which is rare: rmdir is quicker than rmtree.
            shutil.rmtree(path, ignore_errors=True)


def _open(path: str, kind: str) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except PermissionError:
        uid, gid = os.getuid(), os.getgid()
        reason = (
            f'can\'t stat() "{path}" as {kind}: Permission denied'
            f" KRB5CCNAME=none uid={uid} gid={gid} {uid} {gid} "
        )
    except OSError as error:
        reason = f'error: can\'t open output file "{path}": {error.strerror}'
    raise CannotStart(NO_OUTPUT, reason)


def _executable(name: str, path: str) -> str:
    if "/" in name:
        return name
    found = shutil.which(name, path=path)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return found
