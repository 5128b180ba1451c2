"""One wrapped script as a process: how it is started, found again, and how it ended."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from xqute import ProcessIdentity, ProcessStat, Usage
from xqute.schedulers.local._tree import ProcessTable

# What Python ignores, or a caller may have, and a command expects to be as usual (signal(7)).
_USUAL = [signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM]
_NOTHING = [
    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    (os.POSIX_SPAWN_DUP2, 1, 2),
]
# ru_maxrss is in KiB on Linux, in bytes on macOS (getrusage(2)).
_MAXRSS_UNIT = 1024 if os.uname().sysname == "Linux" else 1


@dataclass(slots=True)
class Process:
    """A wrapped script, which leads a session of its own.

    Attributes:
        identity: Which process it is.
        child: Whether this process started it; only then its exit status can be had.
        began: When it was started, or taken up, by `time.monotonic`.
        kill_at: When what is left of it is killed the hard way; None while nobody wants that.
        code: Its exit status, negative for a signal, as `os.waitstatus_to_exitcode`; None as long
            as, or if ever, it is not known.
        usage: What it used, once it is reaped.
        seen: The start times, by PID, of the processes that have been seen to be of this job.
    """

    identity: ProcessIdentity
    child: bool
    began: float
    kill_at: float | None = None
    code: int | None = None
    usage: Usage | None = None
    seen: dict[int, str] = field(default_factory=dict)

    @classmethod
    def start(cls, shell: str, script: str, env: Mapping[bytes, bytes]) -> Process:
        """Start a script in a session of its own, with nothing to read and nowhere to write.

        Raises:
            OSError: The system refuses.
        """
        # Before: a busy host may run the child for a while before this goes on.
        began = time.monotonic()
        identity = ProcessIdentity.made(
            lambda: os.posix_spawn(
                shell,
                [shell, script],
                env,
                file_actions=_NOTHING,
                setsid=True,
                setsigmask=(),
                setsigdef=_USUAL,
            )
        )
        return cls(identity, True, began)

    @classmethod
    def adopt(cls, identity: ProcessIdentity) -> Process:
        """Follow a script that another process has started."""
        return cls(identity, False, time.monotonic())

    @property
    def pid(self) -> int:
        """Its process id, and that of its session and process group."""
        return self.identity.pid

    def ended(self) -> bool:
        """Return whether it has ended; a child keeps its PID until `reap`."""
        if not self.child:
            return not self.identity.alive or _is_zombie(self.pid)
        try:
            state = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            # Somebody else in this program has waited for it.
            self.child = False
            return True
        if state is None:
            return False
        died = state.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
        self.code = -state.si_status if died else state.si_status
        return True

    def members(self, table: ProcessTable) -> set[int]:
        """Return the living processes of the job: its session, and what has descended from it.

        One that leaves the session and loses its parent is found only if it was seen before: then
        nothing else ties it to the job.
        """
        roots = [pid for pid, start in self.seen.items() if table.starts(pid, start)]
        # A session keeps its number from being a PID again, unless it is empty.
        if self.pid not in table.rows or table.starts(self.pid, self.identity.start):
            roots += table.session(self.pid)
        found = table.living(roots)
        self.seen = {pid: table.rows[pid].start for pid in found}
        return found

    def send(self, number: signal.Signals, table: ProcessTable) -> None:
        """Send a signal to its process group, at once, and to what else `members` finds."""
        found = self.members(table)
        if not table.rows or any(table.rows[pid].session == self.pid for pid in found):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getpgid(pid) != self.pid:
                    os.kill(pid, number)

    def reap(self) -> None:
        """Let the system forget a child that has ended, and note what it used."""
        if not self.child:
            return
        try:
            _, _, used = os.wait4(self.pid, 0)
        except ChildProcessError:
            return
        finally:
            self.child = False
        # A process begins with the size of the one that started it, so what is no larger than this
        # one says nothing of the job.
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak = used.ru_maxrss if used.ru_maxrss > floor else None
        self.usage = Usage(
            wall=time.monotonic() - self.began,
            cpu=used.ru_utime + used.ru_stime,
            peak_memory=None if peak is None else peak * _MAXRSS_UNIT,
            host=self.identity.host,
        )


def _is_zombie(pid: int) -> bool:
    stat = ProcessStat.read(pid)
    return stat is not None and not stat.lives


def runs_script(pid: int, shell: str, script: str) -> bool:
    """Return whether the process `pid` is `shell script`, as `Process.start` starts it.

    Source: `/proc/PID/cmdline`, see proc(5).
    """
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read() == os.fsencode(f"{shell}\0{script}\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def find_scripts(scripts: Mapping[str, str]) -> dict[str, int]:
    """Return the PIDs of those scripts that run.

    Args:
        scripts: The shell of each script.
    """
    wanted = {os.fsencode(f"{shell}\0{script}\0"): script for script, shell in scripts.items()}
    found = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if not entry.isdecimal():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                script = wanted.get(file.read())
        except OSError:
            continue  # It has ended, or is hidden from this user.
        if script is not None:
            found[script] = int(entry)
    return found
