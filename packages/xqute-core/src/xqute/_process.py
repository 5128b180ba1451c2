"""The identity of a process.

A PID is used again after its process has ended. Together with the host, the boot and the start time
it means one process only.
"""

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

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PID = re.compile(r"[0-9]{1,10}")
LINUX = sys.platform == "linux"


@cache
def this_host() -> str:
    """Return the name of this host."""
    return socket.gethostname()


@cache
def this_boot() -> str:
    """Return a text that differs for every boot of this host.

    Source: `/proc/sys/kernel/random/boot_id`, see proc(5); without Linux, `kern.boottime`, see
    sysctl(3).
    """
    if LINUX:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return _output_of("sysctl", "-n", "kern.boottime").replace(" ", "") or "unknown"


def start_time(pid: int) -> str | None:
    """Return when the process `pid` of this host started, or None if there is no such process.

    The text can only be compared. On Linux it is the number of clock ticks from the boot to the
    start, see `ProcessStat`; elsewhere it is what `ps -o lstart` prints. A zombie has a start time.
    """
    if LINUX:
        stat = ProcessStat.read(pid)
        return None if stat is None else stat.start
    return _output_of("ps", "-o", "lstart=", "-p", str(pid)).replace(" ", "") or None


def clock_ticks() -> str | None:
    """Return the current time in the form of `start_time`; None on other systems than Linux."""
    if not LINUX:
        return None
    return str(time.clock_gettime_ns(time.CLOCK_BOOTTIME) * _TICKS_PER_SECOND // 1_000_000_000)


def _output_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    return done.stdout.strip()


class ProcessIdentity(NamedTuple):
    """Which process is meant, even after its PID is used again. As a text: `PID/START/BOOT/HOST`.

    Attributes:
        pid: The process id.
        start: A text that says when it started; it can only be compared.
        boot: A text that is different for each boot of a host; it can only be compared.
        host: The name of its host.
    """

    pid: int
    start: str
    boot: str
    host: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Return the identity of the process `pid`, or None if there is no such process."""
        start = start_time(pid)
        return None if start is None else cls(pid, start, this_boot(), this_host())

    @classmethod
    def made(cls, make: Callable[[], int]) -> ProcessIdentity:
        """Start a process and return its identity.

        It is quicker than to start a process and then call `of`: to read the start time of a
        process that is about to replace its program takes ten times as long as to start it.

        Args:
            make: Starts a child process and returns its PID.
        """
        # A process that was made between two equal readings of the clock started at that time.
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
        """Return the identity that `text` stands for, or None if it is not the text of one."""
        fields = text.strip().split("/", 3)
        if len(fields) != 4 or _PID.fullmatch(fields[0]) is None:
            return None
        return cls(int(fields[0]), *fields[1:])

    @property
    def here(self) -> bool:
        """Whether it is a process of this host."""
        return self.host == this_host()

    @property
    def alive(self) -> bool:
        """Whether it still exists. A process of another host, or of an earlier boot, does not.

        A zombie exists, since its PID is not free yet.
        """
        return self.here and self.boot == this_boot() and start_time(self.pid) == self.start

    def __str__(self) -> str:
        return f"{self.pid}/{self.start}/{self.boot}/{self.host}"
