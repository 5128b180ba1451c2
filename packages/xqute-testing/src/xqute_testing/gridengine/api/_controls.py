"""What a test makes happen in the fake Grid Engine: faults, dispatch, late files, time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Literal

from xqute_testing.gridengine.api._qmaster_process import QmasterProcess

Command = Literal["qsub", "qstat", "qdel", "qacct", "qhold", "qrls", "qmod"]


class Controls:
    """The methods of `FakeGridEngine` that change what happens.

    Each is one call of a method in the qmaster's process, which is named by `PART.METHOD`. The
    parts are listed in `qmaster/_server.py`.
    """

    _qmaster: QmasterProcess

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
        """Have the next calls of a command do nothing, and report a failure."""
        self._plan(command, "fail", times, out=stdout, err=stderr, status=status)

    def accept_but_fail_next(
        self,
        command: Command = "qsub",
        *,
        times: int = 1,
        stderr: str = "Unable to run job: got send timeout\nExiting.\n",
        status: int = 1,
    ) -> None:
        """Have the next calls of a command do their work, and report a failure."""
        self._plan(command, "accept_but_fail", times, err=stderr, status=status)

    def hang_next(self, command: Command, *, times: int = 1) -> None:
        """Have the next calls of a command do nothing, and hang until they are killed."""
        self._plan(command, "hang", times)

    def accept_but_hang_next(self, command: Command = "qsub", *, times: int = 1) -> None:
        """Have the next calls of a command do their work, and hang until they are killed."""
        self._plan(command, "accept_but_hang", times)

    def cut_next(
        self, command: Command = "qstat", *, times: int = 1, keep: float = 0.5, status: int = 0
    ) -> None:
        """Have the next calls of a command print only the beginning of their output.

        Args:
            command: The command.
            times: How many calls are cut.
            keep: The fraction of the output that is printed, from 0 to 1.
            status: The exit status of the calls.
        """
        self._plan(command, "cut", times, status=status, keep=keep)

    def _plan(
        self,
        command: str,
        kind: str,
        times: int,
        *,
        out: str = "",
        err: str = "",
        status: int = 0,
        keep: float = 1.0,
    ) -> None:
        self._qmaster.call("command_faults.plan", command, kind, times, out, err, status, keep)

    # --- faults of the qmaster ---

    def stop_qmaster(self, seconds: float | None = None) -> None:
        """Have commands fail at once, for some seconds of the cell's clock or until it is started.

        Jobs go on. The qmaster learns of their ends when it is started again. qacct works, since
        it only reads a file.
        """
        self._qmaster.call("cell.go_down", seconds)

    def start_qmaster(self) -> None:
        """Start the qmaster after `stop_qmaster`."""
        self._qmaster.call("cell.come_back")

    @contextlib.contextmanager
    def qmaster_down(self) -> Iterator[None]:
        """Stop the qmaster, and start it at the end of the `with` block."""
        self.stop_qmaster()
        try:
            yield
        finally:
            self.start_qmaster()

    def freeze_qmaster(self) -> None:
        """Have all commands, except qacct, wait until `thaw_qmaster`; then they do their work."""
        self._qmaster.call("server.freeze")

    def thaw_qmaster(self) -> None:
        """Let the waiting commands go on."""
        self._qmaster.call("server.thaw")

    # --- faults of jobs ---

    def lose_job(self, job: int, *, task: int | None = None, leave_processes: bool = False) -> None:
        """Have a waiting or running job vanish, without an accounting record.

        Its processes are killed, or they are left running until they end or the cell is closed.
        """
        self._qmaster.call("tasks.lose", job, task, not leave_processes)

    def put_in_error(self, job: int, reason: str, *, task: int | None = None) -> None:
        """Put a waiting job into the state Eqw."""
        self._qmaster.call("tasks.put_in_error", job, task, reason)

    def refuse_next_starts(self, reason: str, *, times: int = 1) -> None:
        """Have the next tasks that a host should start end up in the state Eqw."""
        self._qmaster.call("cell.refuse_next_starts", reason, times)

    def end_walltime(self, job: int, *, task: int | None = None) -> None:
        """Kill a running job as if its h_rt was over."""
        self._qmaster.call("tasks.end_walltime", job, task)

    def kill_shepherd(
        self, job: int, *, task: int | None = None, leave_processes: bool = False
    ) -> None:
        """Kill the shepherd of a running job: with `-r y` the job runs again, else it is gone."""
        self._qmaster.call("tasks.kill_shepherd", job, task, not leave_processes)

    def reschedule(self, job: int, *, task: int | None = None) -> None:
        """Have a running job run again, as qmod -rj does."""
        self._qmaster.call("tasks.reschedule", job, task)

    def kill_host(self, host: str, *, leave_processes: bool = False) -> None:
        """Have a host die, or be cut off with its processes left running.

        Its jobs with `-r y` run again on other hosts. The qmaster shows the others unchanged until
        the host is back.
        """
        self._qmaster.call("hosts.kill", host, not leave_processes)

    def revive_host(self, host: str) -> None:
        """Have a host come back after `kill_host`."""
        self._qmaster.call("hosts.revive", host)

    # --- dispatch ---

    def hold_dispatch(self) -> None:
        """Start no jobs, except those that `dispatch` names."""
        self._qmaster.call("dispatcher.hold")

    def dispatch(self, job: int, *, task: int | None = None) -> None:
        """Start a job, or one task of it, as soon as possible while all others are held."""
        self._qmaster.call("tasks.dispatch", job, task)

    def release_dispatch(self) -> None:
        """End `hold_dispatch`: start whatever can start."""
        self._qmaster.call("dispatcher.release")

    # --- accounting ---

    def delay_accounting(self, seconds: float) -> None:
        """Have accounting records written that many seconds of the cell's clock after the end."""
        self._qmaster.call("accounting.set_delay", seconds)

    def lose_accounting(self, job: int | None = None) -> None:
        """Have no accounting record written of a job, or of any job if no number is given."""
        self._qmaster.call("accounting.lose", job)

    # --- a slow file system ---

    def hold_files(self, folder: str | os.PathLike[str]) -> None:
        """Have files that jobs write below a folder not show up there until `show_files`.

        This applies to jobs that start from now on. Wherever their scripts, output paths and
        working folders name the folder, they get the path of a second one, which the hosts see. So
        it holds what the script itself writes, and what commands write that get the path as an
        argument.
        """
        self._qmaster.call("node_view.hold", os.path.abspath(folder))

    def show_files(self) -> None:
        """Have the files that were written until now show up, and hold what comes later."""
        self._qmaster.call("node_view.show")

    def release_files(self) -> None:
        """Have all files show up. Jobs that start from now on write into the folder itself."""
        self._qmaster.call("node_view.release")

    # --- the clock ---

    def now(self) -> float:
        """Return the time of the cell's clock, in seconds since the epoch."""
        return float(self._qmaster.call("clock.now"))

    def stop_clock(self) -> None:
        """Stop the cell's clock; only `advance` moves it then."""
        self._qmaster.call("clock.stop")

    def start_clock(self) -> None:
        """Let the cell's clock run on from the time that it shows."""
        self._qmaster.call("clock.start")

    def advance(self, seconds: float) -> None:
        """Move the cell's clock forward: time limits and delays end, dates move on."""
        self._qmaster.call("clock.advance", seconds)
