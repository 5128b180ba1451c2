"""Finding the processes of jobs that this run did not start, or of which another copy runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from xqute import ProcessIdentity, Scheduler
from xqute.schedulers.local._job import LocalJob
from xqute.schedulers.local._script_process import ScriptProcess


def find_processes(
    scheduler: Scheduler, jobs: Sequence[LocalJob]
) -> dict[LocalJob, ProcessIdentity]:
    """Return the processes that run these jobs; a job that does not run is left out.

    A job is looked up by its id, then by the process id in its claim. If both fail, all processes
    are searched for one that runs its script.
    """
    found = {job: process for job in jobs if (process := _by_id_or_claim(scheduler, job))}
    missing = {job.script_path: job for job in jobs if job not in found}
    if missing:
        shells = {script: job.option(scheduler, "shell") for script, job in missing.items()}
        for script, pid in _search_processes(shells).items():
            if (identity := ProcessIdentity.of(pid)) is not None:
                found[missing[script]] = identity
    return found


def _by_id_or_claim(scheduler: Scheduler, job: LocalJob) -> ProcessIdentity | None:
    identity = ProcessIdentity.parse(job.uid or "")
    if identity is not None and not ScriptProcess.take_up(identity).has_ended():
        return identity
    pid = job.claimed_by()
    if pid is None or not _runs_script(pid, job.option(scheduler, "shell"), job.script_path):
        return None
    return ProcessIdentity.of(pid)


def _runs_script(pid: int, shell: str, script: str) -> bool:
    try:
        return _command_line(pid) == _expected_command_line(shell, script)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _search_processes(shells: Mapping[str, str]) -> dict[str, int]:
    """Return the process ids of the scripts that run.

    Args:
        shells: The shell of each script, by the path of the script.
    """
    scripts = {_expected_command_line(shell, script): script for script, shell in shells.items()}
    found = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if not entry.isdecimal():
            continue
        try:
            script = scripts.get(_command_line(int(entry)))
        except OSError:
            continue  # The process has ended, or this user may not see it.
        if script is not None:
            found[script] = int(entry)
    return found


def _expected_command_line(shell: str, script: str) -> bytes:
    """Return the command line of a script that `ScriptProcess.start` has started."""
    return os.fsencode(f"{shell}\0{script}\0")


def _command_line(pid: int) -> bytes:
    """Return the words of a process's command line, each with a NUL after it; see proc(5)."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()
