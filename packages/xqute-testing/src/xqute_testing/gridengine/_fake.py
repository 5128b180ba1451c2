"""The fake Grid Engine as a test sees it."""

from __future__ import annotations

import contextlib
import grp
import marshal
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from xqute_testing.gridengine._wire import Unpacker, pack

Command = Literal["qsub", "qstat", "qdel", "qacct", "qhold", "qrls", "qmod"]
COMMANDS: tuple[Command, ...] = ("qsub", "qstat", "qdel", "qacct", "qhold", "qrls", "qmod")
#: The first task of a job that is no array.
FIRST = 1

_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from gridengine._qmaster import main; main(sys.argv[2:])"
)
_PYTHON = (sys.executable, "-I", "-S", "-X", "utf8")
_PATIENCE = 20.0
_GIGABYTE = 2.0**30


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command.

    Attributes:
        command: Its name.
        words: What followed the name.
        cwd: The folder that it was called in.
        status: Its exit status; None as long as it has none.
    """

    command: str
    words: tuple[str, ...]
    cwd: str
    status: int | None


class FakeGridEngine:
    """A Grid Engine of one queue, `all.q`, in a folder.

    Its commands are programs that a shell, or `Xqute('sge', **engine.commands)`, uses as it would
    the real ones. It runs jobs as real processes of this machine. `close`, or the end of a `with`,
    kills them and deletes all files that it made; so does the end of the process that made it.

    Whatever a test does to it has happened when the method returns. A `job` is the number that
    qsub printed, a `task` that of one task of an array, None for all of them.

    Args:
        folder: Where its files are; made if it is missing.
        slots: How many slots the queue has on each host.
        hosts: The names of its execution hosts. They are all this machine.
        shell: The shell that runs scripts for which `-S` names none.
        memory: How many gigabytes each host has for what requests them.
        report_delay: Seconds from the end of a job until qstat shows it; the real one takes one.
        restart_delay: Seconds from the end of a job that is run again until it is started again.
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
        self._unpacker = Unpacker()
        self._answers: list[Any] = []
        self._log = self.folder / "qmaster.log"
        self._socket, self._process = self._start(settings)
        self._receive(_PATIENCE)

    def _write_commands(self) -> None:
        client = Path(__file__).with_name("_client.py")
        for command in COMMANDS:
            path = self.folder / "bin" / command
            words = shlex.join([*_PYTHON, str(client), str(self.folder), command])
            path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
            path.chmod(0o755)

    def _start(self, settings: dict[str, Any]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        package = Path(__file__).parents[1]
        arguments = [str(package), str(theirs.fileno()), marshal.dumps(settings).hex()]
        with theirs, self._log.open("wb") as log:
            process = subprocess.Popen(
                [*_PYTHON, "-c", _START, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={name: os.environ[name] for name in ("TZ",) if name in os.environ},
                pass_fds=[theirs.fileno()],
                # Ctrl-C is for the test, which then ends the cell.
                start_new_session=True,
            )
        return ours, process

    def close(self) -> None:
        """Kill all its jobs, delete all its files, and have its commands fail from now on.

        Raises:
            RuntimeError: It had ended before, by a defect of its own.
        """
        if self._closed:
            return
        self._closed = True
        try:
            # A process forked meanwhile may have the socket too, so that closing it is not enough.
            self._send("close")
            if self._process.wait(_PATIENCE) != 0:
                raise self._ended()
        finally:
            self._socket.close()
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self.folder / "bin", ignore_errors=True)
            self._log.unlink(missing_ok=True)
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
        """The process that is the qmaster, and the parent of all jobs."""
        return self._process.pid

    # --- its commands ---

    @property
    def commands(self) -> dict[str, str]:
        """The paths of `qsub`, `qstat`, `qdel` and `qacct`, by name."""
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
        """The accounting file; it is there when the first job has ended."""
        return self.folder / "default" / "common" / "accounting"

    def calls(self, command: Command | None = None) -> list[Call]:
        """Return the calls so far, in order, of one command or of all."""
        calls = self._ask("calls", command)
        return [Call(name, tuple(words), cwd, status) for name, words, cwd, status in calls]

    # --- looking at jobs ---

    def jobs(self) -> list[int]:
        """Return the numbers of the jobs that have not ended, in order."""
        return list(self._ask("jobs"))

    def state(self, job: int, task: int = FIRST) -> str | None:
        """Return the state of a task as qstat shows it (`qw`, `r`, `Eqw`); None when it is gone."""
        return self.states(job).get(task)

    def states(self, job: int) -> dict[int, str]:
        """Return the states of the tasks of a job that are not gone, by task."""
        return dict(self._ask("states", job))

    def pids(self, job: int) -> dict[int, int]:
        """Return the first process of each running task of a job, by task."""
        return dict(self._ask("pids", job))

    def hosts_of(self, job: int) -> dict[int, str]:
        """Return the host of each running task of a job, by task."""
        return dict(self._ask("hosts_of", job))

    def wait_for(
        self, job: int, *states: str | None, task: int | None = None, timeout: float = 10.0
    ) -> None:
        """Wait until a task, or all tasks of a job, are in one of these states; None is gone.

        Raises:
            TimeoutError: They are not, in time.
        """
        self._send("wait_for", job, task, states)
        try:
            self._receive(timeout)
        except TimeoutError:
            self._send("give_up", job)
            answer = self._receive(_PATIENCE)
            if answer[0] == "done":
                self._receive(_PATIENCE)
                return
            wanted = " or ".join("gone" if state is None else state for state in states)
            text = f"job {job} is not {wanted} after {timeout} s; its tasks: {answer[1]}"
            raise TimeoutError(text) from None

    # --- faults of commands ---

    def fail_next(
        self,
        command: Command,
        *,
        times: int = 1,
        stderr: str = "error: commlib error: got select error (Connection refused)\n",
        stdout: str = "",
        status: int = 1,
    ) -> None:
        """Have the next calls of a command do nothing, and say that they failed."""
        self._ask("plan_fault", command, "fail", times, stdout, stderr, status, 1.0)

    def accept_but_fail_next(
        self,
        command: Command = "qsub",
        *,
        times: int = 1,
        stderr: str = "Unable to run job: got send timeout\nExiting.\n",
        status: int = 1,
    ) -> None:
        """Have the next calls of a command do what they should, and say that they failed."""
        self._ask("plan_fault", command, "accept_but_fail", times, "", stderr, status, 1.0)

    def hang_next(self, command: Command, *, times: int = 1) -> None:
        """Have the next calls of a command do nothing and never end, until they are killed."""
        self._ask("plan_fault", command, "hang", times, "", "", 0, 1.0)

    def accept_but_hang_next(self, command: Command = "qsub", *, times: int = 1) -> None:
        """Have the next calls of a command do what they should, and never end."""
        self._ask("plan_fault", command, "accept_but_hang", times, "", "", 0, 1.0)

    def cut_next(
        self, command: Command = "qstat", *, times: int = 1, keep: float = 0.5, status: int = 0
    ) -> None:
        """Have the next calls of a command print only the beginning, `keep` of what they should."""
        self._ask("plan_fault", command, "cut", times, "", "", status, keep)

    # --- faults of the qmaster ---

    def stop_qmaster(self, seconds: float | None = None) -> None:
        """Have commands fail at once, for some seconds of the cell's clock or until it is started.

        Jobs go on; the qmaster hears of their ends when it is back. qacct works: it reads a file.
        """
        self._ask("stop_qmaster", seconds)

    def start_qmaster(self) -> None:
        """Start it after `stop_qmaster`."""
        self._ask("start_qmaster")

    @contextlib.contextmanager
    def qmaster_down(self) -> Iterator[None]:
        """Have it stopped as long as the `with` lasts."""
        self.stop_qmaster()
        try:
            yield
        finally:
            self.start_qmaster()

    def freeze_qmaster(self) -> None:
        """Have commands wait, but for qacct, until it is thawed; then they do what they should."""
        self._ask("freeze_qmaster")

    def thaw_qmaster(self) -> None:
        """Let the waiting commands go on."""
        self._ask("thaw_qmaster")

    # --- faults of jobs ---

    def lose_job(self, job: int, *, task: int | None = None, leave_processes: bool = False) -> None:
        """Have a waiting or running job vanish, without a line in the accounting.

        Its processes are killed; or they are left, and live until they end or the cell does.
        """
        self._ask("lose_job", job, task, not leave_processes)

    def put_in_error(self, job: int, reason: str, *, task: int | None = None) -> None:
        """Put a waiting job into the state Eqw."""
        self._ask("put_in_error", job, reason, task)

    def refuse_next_starts(self, reason: str, *, times: int = 1) -> None:
        """Have the next tasks that a host is to start end up in the state Eqw."""
        self._ask("refuse_next_starts", reason, times)

    def end_walltime(self, job: int, *, task: int | None = None) -> None:
        """Kill a running job as if it had run out of its h_rt."""
        self._ask("enforce_limit", job, task)

    def kill_shepherd(
        self, job: int, *, task: int | None = None, leave_processes: bool = False
    ) -> None:
        """Kill what watches over a running job: with `-r y` it is run again, else it is gone."""
        self._ask("kill_shepherd", job, task, not leave_processes)

    def reschedule(self, job: int, *, task: int | None = None) -> None:
        """Have a running job run again, as qmod -rj does."""
        self._ask("reschedule", job, task)

    def kill_host(self, host: str, *, leave_processes: bool = False) -> None:
        """Have a host die, or be cut off with its processes left running.

        Its jobs with `-r y` are run again, on other hosts; the others stay as they were in the eyes
        of the qmaster until the host is back.
        """
        self._ask("kill_host", host, not leave_processes)

    def revive_host(self, host: str) -> None:
        """Have a host come back after `kill_host`."""
        self._ask("revive_host", host)

    # --- dispatch ---

    def hold_dispatch(self) -> None:
        """Start nothing but what `dispatch` names."""
        self._ask("hold_dispatch")

    def dispatch(self, job: int, *, task: int | None = None) -> None:
        """Start a job, or one task, as soon as it can be, though `hold_dispatch` holds the rest."""
        self._ask("dispatch", job, task)

    def release_dispatch(self) -> None:
        """Start whatever can be started, as before `hold_dispatch`."""
        self._ask("release_dispatch")

    # --- accounting ---

    def delay_accounting(self, seconds: float) -> None:
        """Have lines written that many seconds, of the cell's clock, after a job's end."""
        self._ask("delay_accounting", seconds)

    def lose_accounting(self, job: int | None = None) -> None:
        """Have no line written of a job; of none without a number."""
        self._ask("lose_accounting", job)

    # --- a slow file system ---

    def hold_files(self, folder: str | os.PathLike[str]) -> None:
        """Have what jobs write below a folder not show up there, until `show_files`.

        It is for jobs that start from now on. Their scripts, output paths and working folders that
        name the folder are led to another one, which is what the nodes see; so it holds back what
        the script itself, and commands with that path among their words, write.
        """
        self._ask("hold_files", os.path.abspath(folder))

    def show_files(self) -> None:
        """Have what was written until now show up, and still hold back what comes later."""
        self._ask("show_files")

    def release_files(self) -> None:
        """Have everything show up; jobs that start from now on write where they should."""
        self._ask("release_files")

    # --- the clock ---

    def now(self) -> float:
        """Return the time of the cell, in seconds since the epoch."""
        return float(self._ask("now"))

    def stop_clock(self) -> None:
        """Have the cell's clock stand still, but for `advance`."""
        self._ask("stop_clock")

    def start_clock(self) -> None:
        """Have the cell's clock go on from where it is."""
        self._ask("start_clock")

    def advance(self, seconds: float) -> None:
        """Move the cell's clock forward: times to run end, delays pass, dates move on."""
        self._ask("advance", seconds)

    # --- the way to the qmaster ---

    def _ask(self, name: str, *args: object) -> Any:
        self._send(name, *args)
        kind, value = self._receive(_PATIENCE)
        if kind == "error":
            raise LookupError(value)
        return value

    def _send(self, name: str, *args: object) -> None:
        try:
            self._socket.sendall(pack((name, args)))
        except OSError as error:
            raise self._ended() from error

    def _receive(self, timeout: float) -> Any:
        self._socket.settimeout(timeout)
        while not self._answers:
            try:
                data = self._socket.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                raise self._ended()
            self._answers.extend(self._unpacker.feed(data))
        return self._answers.pop(0)

    def _ended(self) -> RuntimeError:
        said = self._log.read_text(errors="replace") if self._log.exists() else ""
        return RuntimeError(f"the fake Grid Engine in {self.folder} has ended\n{said}".rstrip())
