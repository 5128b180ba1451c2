"""What a test has happen in the fake Grid Engine: faults, dispatch, late files, time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Literal

from xqute_testing.gridengine.api._qmaster_process import Line

Command = Literal["qsub", "qstat", "qdel", "qacct", "qhold", "qrls", "qmod"]
COMMANDS: tuple[Command, ...] = ("qsub", "qstat", "qdel", "qacct", "qhold", "qrls", "qmod")


class OnDemand:
    """The part of `FakeGridEngine` that changes what happens; each is one call."""

    _line: Line

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
        self._line.ask("plan_fault", command, "fail", times, stdout, stderr, status, 1.0)

    def accept_but_fail_next(
        self,
        command: Command = "qsub",
        *,
        times: int = 1,
        stderr: str = "Unable to run job: got send timeout\nExiting.\n",
        status: int = 1,
    ) -> None:
        """Have the next calls of a command do what they should, and say that they failed."""
        self._line.ask("plan_fault", command, "accept_but_fail", times, "", stderr, status, 1.0)

    def hang_next(self, command: Command, *, times: int = 1) -> None:
        """Have the next calls of a command do nothing and never end, until they are killed."""
        self._line.ask("plan_fault", command, "hang", times, "", "", 0, 1.0)

    def accept_but_hang_next(self, command: Command = "qsub", *, times: int = 1) -> None:
        """Have the next calls of a command do what they should, and never end."""
        self._line.ask("plan_fault", command, "accept_but_hang", times, "", "", 0, 1.0)

    def cut_next(
        self, command: Command = "qstat", *, times: int = 1, keep: float = 0.5, status: int = 0
    ) -> None:
        """Have the next calls of a command print only the beginning, `keep` of what they should."""
        self._line.ask("plan_fault", command, "cut", times, "", "", status, keep)

    # --- faults of the qmaster ---

    def stop_qmaster(self, seconds: float | None = None) -> None:
        """Have commands fail at once, for some seconds of the cell's clock or until it is started.

        Jobs go on; the qmaster hears of their ends when it is back. qacct works: it reads a file.
        """
        self._line.ask("stop_qmaster", seconds)

    def start_qmaster(self) -> None:
        """Start it after `stop_qmaster`."""
        self._line.ask("start_qmaster")

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
        self._line.ask("freeze_qmaster")

    def thaw_qmaster(self) -> None:
        """Let the waiting commands go on."""
        self._line.ask("thaw_qmaster")

    # --- faults of jobs ---

    def lose_job(self, job: int, *, task: int | None = None, leave_processes: bool = False) -> None:
        """Have a waiting or running job vanish, without a line in the accounting.

        Its processes are killed; or they are left, and live until they end or the cell does.
        """
        self._line.ask("lose_job", job, task, not leave_processes)

    def put_in_error(self, job: int, reason: str, *, task: int | None = None) -> None:
        """Put a waiting job into the state Eqw."""
        self._line.ask("put_in_error", job, reason, task)

    def refuse_next_starts(self, reason: str, *, times: int = 1) -> None:
        """Have the next tasks that a host is to start end up in the state Eqw."""
        self._line.ask("refuse_next_starts", reason, times)

    def end_walltime(self, job: int, *, task: int | None = None) -> None:
        """Kill a running job as if it had run out of its h_rt."""
        self._line.ask("enforce_limit", job, task)

    def kill_shepherd(
        self, job: int, *, task: int | None = None, leave_processes: bool = False
    ) -> None:
        """Kill what watches over a running job: with `-r y` it is run again, else it is gone."""
        self._line.ask("kill_shepherd", job, task, not leave_processes)

    def reschedule(self, job: int, *, task: int | None = None) -> None:
        """Have a running job run again, as qmod -rj does."""
        self._line.ask("reschedule", job, task)

    def kill_host(self, host: str, *, leave_processes: bool = False) -> None:
        """Have a host die, or be cut off with its processes left running.

        Its jobs with `-r y` are run again, on other hosts; the others stay as they were in the eyes
        of the qmaster until the host is back.
        """
        self._line.ask("kill_host", host, not leave_processes)

    def revive_host(self, host: str) -> None:
        """Have a host come back after `kill_host`."""
        self._line.ask("revive_host", host)

    # --- dispatch ---

    def hold_dispatch(self) -> None:
        """Start nothing but what `dispatch` names."""
        self._line.ask("hold_dispatch")

    def dispatch(self, job: int, *, task: int | None = None) -> None:
        """Start a job, or one task, as soon as it can be, though `hold_dispatch` holds the rest."""
        self._line.ask("dispatch", job, task)

    def release_dispatch(self) -> None:
        """Start whatever can be started, as before `hold_dispatch`."""
        self._line.ask("release_dispatch")

    # --- accounting ---

    def delay_accounting(self, seconds: float) -> None:
        """Have lines written that many seconds, of the cell's clock, after a job's end."""
        self._line.ask("delay_accounting", seconds)

    def lose_accounting(self, job: int | None = None) -> None:
        """Have no line written of a job; of none without a number."""
        self._line.ask("lose_accounting", job)

    # --- a slow file system ---

    def hold_files(self, folder: str | os.PathLike[str]) -> None:
        """Have what jobs write below a folder not show up there, until `show_files`.

        It is for jobs that start from now on. Their scripts, output paths and working folders that
        name the folder are led to another one, which is what the nodes see; so it holds back what
        the script itself, and commands with that path among their words, write.
        """
        self._line.ask("hold_files", os.path.abspath(folder))

    def show_files(self) -> None:
        """Have what was written until now show up, and still hold back what comes later."""
        self._line.ask("show_files")

    def release_files(self) -> None:
        """Have everything show up; jobs that start from now on write where they should."""
        self._line.ask("release_files")

    # --- the clock ---

    def now(self) -> float:
        """Return the time of the cell, in seconds since the epoch."""
        return float(self._line.ask("now"))

    def stop_clock(self) -> None:
        """Have the cell's clock stand still, but for `advance`."""
        self._line.ask("stop_clock")

    def start_clock(self) -> None:
        """Have the cell's clock go on from where it is."""
        self._line.ask("start_clock")

    def advance(self, seconds: float) -> None:
        """Move the cell's clock forward: times to run end, delays pass, dates move on."""
        self._line.ask("advance", seconds)
