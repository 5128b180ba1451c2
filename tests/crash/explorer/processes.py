"""Processes that work below a folder, and whether a file in it names them (proc(5))."""

import os
import re
import signal
import time
from pathlib import Path

# Seconds within which a script that was just started writes its PID into its claim.
_PATIENCE = 5.0
# A claim has `pid N` and more words; the id of a local job, in its lock, begins `N/`.
_NAMED = re.compile(r"^(?:pid (\d+)|(\d+)/)", re.MULTILINE)


def running(folder: Path) -> list[int]:
    """Return the PIDs of processes whose working folder is `folder` or below it."""
    found = []
    for process in Path("/proc").glob("[1-9]*"):
        try:
            where = (process / "cwd").readlink()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # It has ended meanwhile.
        pid = int(process.name)
        if where.is_relative_to(folder) and state not in "ZX" and pid != os.getpid():
            found.append(pid)
    return found


def unknown(folder: Path) -> list[int]:
    """Return the PIDs of processes outside of the sessions that a claim or a lock names."""
    deadline = time.monotonic() + _PATIENCE
    while pids := running(folder):
        named = _named(folder)
        left = [pid for pid in pids if not _is_of(named, pid)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.005)
    return []


def _named(folder: Path) -> set[int]:
    named: set[int] = set()
    for path in (*folder.glob("jobs/*/job.claim.*"), *folder.glob("jobs/*/job.lock")):
        named.update(int(pid or start) for pid, start in _NAMED.findall(path.read_text()))
    return named


def _is_of(sessions: set[int], pid: int) -> bool:
    try:
        return os.getsid(pid) in sessions
    except ProcessLookupError:
        return True


def end_all(folder: Path) -> None:
    """Kill all processes that work below the folder."""
    while pids := running(folder):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.005)
