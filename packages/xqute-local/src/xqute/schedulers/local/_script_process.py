"""The process that runs a wrapped script: starting it, signalling its tree, and how it ended."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xqute import ProcessIdentity, ProcessStat, Usage
from xqute.schedulers.local._process_table import ProcessTable

# The signals that Python or the caller may handle or ignore. A command expects their defaults
# (signal(7)).
_SIGNALS_SET_TO_DEFAULT = [
    signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM,
]  # fmt: skip
_STANDARD_FILES_TO_NULL = [
    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    (os.POSIX_SPAWN_DUP2, 1, 2),
]
# Bytes in one unit of ru_maxrss: it is in KiB on Linux, and in bytes on macOS (getrusage(2)).
_MAXRSS_UNIT = 1024 if os.uname().sysname == "Linux" else 1


@dataclass(slots=True)
class ScriptProcess:
    """A process that runs a wrapped script, and that leads a session of its own.

    Attributes:
        identity: Which process it is.
        child: Whether the calling process started it and has not reaped it yet. Only the exit
            status of a child can be read.
        began: When it was started or taken up, by `time.monotonic`.
        kill_at: When SIGKILL is due for what is left of its tree, by `time.monotonic`; None as long
            as it has not to be ended.
        code: Its exit status, negative for a signal, as `os.waitstatus_to_exitcode` has it; None
            while it runs, and if it can't be read.
        usage: What it used; None until it is reaped.
        seen: The start times, by process id, of the processes that were found to be of its tree.
    """

    identity: ProcessIdentity
    child: bool
    began: float
    kill_at: float | None = None
    code: int | None = None
    usage: Usage | None = None
    seen: dict[int, str] = field(default_factory=dict)

    @classmethod
    def start(cls, command: Sequence[str], env: Mapping[bytes, bytes]) -> ScriptProcess:
        """Start a script in a session of its own, with `/dev/null` as input and output.

        Args:
            command: The words of the command. The process it becomes must have the words of the
                shell and the script, since `_find_process` finds it by these.
            env: The environment of the process.

        Raises:
            OSError: The process can't be started.
        """
        # The time is taken first: on a busy host the child may run for a while before this goes on.
        began = time.monotonic()
        identity = ProcessIdentity.made(
            lambda: os.posix_spawn(
                command[0],
                list(command),
                env,
                file_actions=_STANDARD_FILES_TO_NULL,
                setsid=True,
                setsigmask=(),
                setsigdef=_SIGNALS_SET_TO_DEFAULT,
            )
        )
        return cls(identity, True, began)

    @classmethod
    def take_up(cls, identity: ProcessIdentity) -> ScriptProcess:
        """Return a script's process that another process has started."""
        return cls(identity, False, time.monotonic())

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its session and of its process group."""
        return self.identity.pid

    def has_ended(self) -> bool:
        """Return whether it has ended, and note its exit status; a child stays a zombie."""
        if not self.child:
            return not self.identity.alive or _is_zombie(self.pid)
        try:
            state = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            # Other code in this program has reaped it.
            self.child = False
            return True
        if state is None:
            return False
        signalled = state.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
        self.code = -state.si_status if signalled else state.si_status
        return True

    def tree(self, table: ProcessTable) -> set[int]:
        """Return the living processes of the job: its session, and all that descended from it.

        A process that has left the session and lost its parent is found only if an earlier call
        found it: nothing else ties it to the job.
        """
        roots = [pid for pid, start in self.seen.items() if table.has(pid, start)]
        # As long as a session has a process, no new process gets the PID of its leader. If another
        # process has that PID, the session is empty.
        if self.pid not in table.processes or table.has(self.pid, self.identity.start):
            roots += table.session(self.pid)
        found = table.living(roots)
        self.seen = {pid: table.processes[pid].start for pid in found}
        return found

    def send_signal(self, number: signal.Signals, table: ProcessTable) -> None:
        """Send a signal to its process group in one call, and to the rest of its tree one by one.

        Where there is no `/proc`, only the process group is reached.
        """
        found = self.tree(table)
        if not table.processes or any(table.processes[pid].session == self.pid for pid in found):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getpgid(pid) != self.pid:
                    os.kill(pid, number)

    def reap(self) -> None:
        """Read what a child that has ended has used, so that the kernel frees its PID."""
        if not self.child:
            return
        try:
            _, _, used = os.wait4(self.pid, 0)
        except ChildProcessError:
            return
        finally:
            self.child = False
        # A new process has the size of its parent at first, and the kernel counts that as its peak.
        # A peak that is not above this process's own is therefore not known to be the job's.
        own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak = used.ru_maxrss if used.ru_maxrss > own_peak else None
        self.usage = Usage(
            wall=time.monotonic() - self.began,
            cpu=used.ru_utime + used.ru_stime,
            peak_memory=None if peak is None else peak * _MAXRSS_UNIT,
            host=self.identity.host,
        )


def _is_zombie(pid: int) -> bool:
    process = ProcessStat.read(pid)
    return process is not None and not process.lives
