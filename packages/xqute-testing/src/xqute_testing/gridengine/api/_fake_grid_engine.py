"""The class that a test uses: it starts a cell, looks at it, and closes it."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from xqute_testing.gridengine.api._controls import Command, Controls
from xqute_testing.gridengine.api._qmaster_process import PYTHON, QmasterProcess

#: The id of the first task of an array, and of the only task of any other job.
FIRST_TASK = 1

_GIGABYTE = 2.0**30


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command.

    Attributes:
        command: The name of the command.
        words: Its arguments.
        cwd: The folder that it was called in.
        status: Its exit status, None while it has not ended.
    """

    command: str
    words: tuple[str, ...]
    cwd: str
    status: int | None


class FakeGridEngine(Controls):
    """A Grid Engine of one queue, `all.q`, in a folder.

    A shell, or `Xqute('sge', **engine.commands)`, uses its commands like the real ones. It runs
    jobs as real processes of this machine. `close`, or the end of a `with` block, kills them and
    deletes all files that it made. The same happens when the process that made it ends.

    When a method returns, its effect is there. `job` is always the number that qsub printed, and
    `task` the id of one task of an array, or None for all of them. A method that is given an
    unknown job, task or host raises LookupError.

    Args:
        folder: The folder for its files; it is made if it is missing.
        slots: How many slots the queue has on each host.
        hosts: The names of its execution hosts. All of them are this machine.
        shell: The shell for scripts that are submitted without `-S`.
        memory: How many gigabytes each host has, for jobs that request memory.
        report_delay: Seconds from the end of a job until qstat shows it. A real cell takes one.
        restart_delay: Seconds from the end of a job that runs again until it may start again.
        max_tasks: How many tasks an array may have.
        first_job: The number of the first job.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        slots: int = 64,
        hosts: Sequence[str] = ("node1",),
        shell: str = "/bin/sh",
        memory: float = 64.0,
        report_delay: float = 0.0,
        restart_delay: float = 0.0,
        max_tasks: int = 75_000,
        first_job: int = 1,
    ) -> None:
        self.folder = Path(folder).absolute()
        self.hosts = tuple(hosts)
        self._made = not self.folder.exists()
        self._closed = False
        (self.folder / "bin").mkdir(parents=True)
        who = pwd.getpwuid(os.geteuid())
        settings: dict[str, Any] = {
            "folder": str(self.folder),
            "hosts": self.hosts,
            "slots": slots,
            "shell": shell,
            "memory": memory * _GIGABYTE,
            "report_delay": report_delay,
            "restart_delay": restart_delay,
            "max_tasks": max_tasks,
            "first_job": first_job,
            "user": who.pw_name,
            "group": grp.getgrgid(os.getegid()).gr_name,
            "home": os.environ.get("HOME", who.pw_dir),
        }
        self._write_commands()
        self._qmaster = QmasterProcess(settings, self.folder / "qmaster.log")

    def _write_commands(self) -> None:
        client = Path(__file__).parents[1] / "client" / "_command.py"
        for command in get_args(Command):
            path = self.folder / "bin" / command
            words = shlex.join([*PYTHON, str(client), str(self.folder), command])
            path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
            path.chmod(0o755)

    def close(self) -> None:
        """Kill all jobs and delete all files. Its commands are gone then too.

        Raises:
            RuntimeError: The qmaster had ended before, because of a defect.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._qmaster.close()
        finally:
            shutil.rmtree(self.folder / "bin", ignore_errors=True)
            if self._made:
                with contextlib.suppress(OSError):
                    self.folder.rmdir()

    def __enter__(self) -> FakeGridEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process id of the qmaster, which is the parent of all jobs."""
        return self._qmaster.pid

    # --- its commands ---

    @property
    def commands(self) -> dict[str, str]:
        """The paths of `qsub`, `qstat`, `qdel` and `qacct`, by name: options of xqute-sge."""
        return {
            name: str(self.folder / "bin" / name) for name in ("qsub", "qstat", "qdel", "qacct")
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment of this process, with all its commands on the PATH."""
        path = os.pathsep.join([str(self.folder / "bin"), os.environ.get("PATH", os.defpath)])
        return {**os.environ, "PATH": path, "SGE_ROOT": str(self.folder), "SGE_CELL": "default"}

    @property
    def accounting_file(self) -> Path:
        """The path of the accounting file. The file exists once the first job has ended."""
        return self.folder / "default" / "common" / "accounting"

    def calls(self, command: Command | None = None) -> list[Call]:
        """Return the calls of one command, or of all commands, in order."""
        calls = self._qmaster.call("server.calls", command)
        return [Call(name, tuple(words), cwd, status) for name, words, cwd, status in calls]

    # --- its jobs ---

    def jobs(self) -> list[int]:
        """Return the numbers of the jobs that have not ended, in ascending order."""
        return list(self._qmaster.call("jobs.numbers"))

    def state(self, job: int, task: int = FIRST_TASK) -> str | None:
        """Return the state of a task as qstat shows it (`qw`, `r`, `Eqw`), None if it is gone."""
        return self.states(job).get(task)

    def states(self, job: int) -> dict[int, str]:
        """Return the states of the tasks of a job, by task. Tasks that are gone are left out."""
        return dict(self._qmaster.call("jobs.states", job))

    def pids(self, job: int) -> dict[int, int]:
        """Return the process ids of the running tasks of a job, by task."""
        return dict(self._qmaster.call("jobs.pids", job))

    def hosts_of(self, job: int) -> dict[int, str]:
        """Return the hosts of the running tasks of a job, by task."""
        return dict(self._qmaster.call("jobs.hosts", job))

    def wait_for(
        self, job: int, *states: str | None, task: int | None = None, timeout: float = 10.0
    ) -> None:
        """Wait until a task, or all tasks of a job, are in one of these states.

        Args:
            job: The job.
            states: States as qstat shows them; None means that the task is gone.
            task: One task; without it, all tasks must be in one of the states.
            timeout: Seconds to wait.

        Raises:
            TimeoutError: They are not in one of these states in time.
        """
        found = self._qmaster.wait_for(job, task, states, timeout)
        if found is not None:
            wanted = " or ".join("gone" if state is None else state for state in states)
            raise TimeoutError(f"job {job} is not {wanted} after {timeout} s; its tasks: {found}")
