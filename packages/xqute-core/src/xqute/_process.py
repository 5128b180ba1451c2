"""Which process is meant: a PID is an identity only with its host, its boot and its start time."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from xqute._process_stat import ProcessStat

_TICKS = os.sysconf("SC_CLK_TCK")
_PID = re.compile(r"[0-9]{1,10}")
LINUX = sys.platform == "linux"


@cache
def this_host() -> str:
    """Return the name of this host."""
    return socket.gethostname()


@cache
def this_boot() -> str:
    """Return what tells this boot of this host from every other.

    Source: `/proc/sys/kernel/random/boot_id`, see proc(5); elsewhere `kern.boottime`, sysctl(3).
    """
    if LINUX:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return _ask("sysctl", "-n", "kern.boottime").replace(" ", "") or "unknown"


def start_time(pid: int) -> str | None:
    """Return when the process `pid` of this host started, or None where there is none.

    The text is good for comparing only. Source: field 22 of `/proc/PID/stat`, clock ticks after the
    boot, see proc(5); elsewhere `ps -o lstart`. A zombie still has its start time.
    """
    if LINUX:
        stat = ProcessStat.read(pid)
        return None if stat is None else stat.start
    return _ask("ps", "-o", "lstart=", "-p", str(pid)).replace(" ", "") or None


def clock_ticks() -> str | None:
    """Return the time after the boot as `start_time` gives it, None where it has another form.

    A process made between two equal readings has just this start time: to ask for that of a process
    that is still about to replace its program takes ten times as long as to make it.
    """
    if not LINUX:
        return None
    return str(time.clock_gettime_ns(time.CLOCK_BOOTTIME) * _TICKS // 1_000_000_000)


def _ask(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    return done.stdout.strip()


class ProcessIdentity(NamedTuple):
    """One process of one boot of one host; its text form is `PID/START/BOOT/HOST`.

    Attributes:
        pid: The process id.
        start: When it started, as `start_time` says it.
        boot: The boot it belongs to.
        host: The host it belongs to.
    """

    pid: int
    start: str
    boot: str
    host: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Return the identity of the process that has this `pid` now, None where there is none."""
        start = start_time(pid)
        return None if start is None else cls(pid, start, this_boot(), this_host())

    @classmethod
    def made(cls, make: Callable[[], int]) -> ProcessIdentity:
        """Make a process, and return the identity of it.

        Args:
            make: Makes a child process and returns its PID.
        """
        before = clock_ticks()
        pid = make()
        after = clock_ticks()
        start = after if before == after else start_time(pid)
        return cls(pid, start or "", this_boot(), this_host())

    @classmethod
    def current(cls) -> ProcessIdentity:
        """Return the identity of the calling process."""
        pid = os.getpid()
        return cls(pid, start_time(pid) or "", this_boot(), this_host())

    @classmethod
    def parse(cls, text: str) -> ProcessIdentity | None:
        """Read the text form back; None for anything else."""
        fields = text.strip().split("/", 3)
        if len(fields) != 4 or _PID.fullmatch(fields[0]) is None:
            return None
        return cls(int(fields[0]), *fields[1:])

    @property
    def here(self) -> bool:
        """Whether it belongs to this host."""
        return self.host == this_host()

    @property
    def alive(self) -> bool:
        """Whether it still is there: False too when its host is another, or was booted anew.

        A zombie counts as there, as its PID is not free yet.
        """
        return self.here and self.boot == this_boot() and start_time(self.pid) == self.start

    def __str__(self) -> str:
        return f"{self.pid}/{self.start}/{self.boot}/{self.host}"
