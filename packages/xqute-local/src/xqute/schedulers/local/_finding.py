"""Finding the process that runs a job, when nobody remembers it."""

from __future__ import annotations

from collections.abc import Sequence

from xqute import ProcessIdentity, Scheduler
from xqute.schedulers.local._job import LocalJob
from xqute.schedulers.local._process import Process, find_scripts, runs_script


def find(scheduler: Scheduler, jobs: Sequence[LocalJob]) -> dict[LocalJob, ProcessIdentity]:
    """Return the processes that run these jobs, for those that run.

    A job is looked for by its id, then by its claim, and then by its script among all processes.
    """
    found = {job: process for job in jobs if (process := _by_id_or_claim(scheduler, job))}
    sought = {job.script_path: job for job in jobs if job not in found}
    if sought:
        shells = {script: job.option(scheduler, "shell") for script, job in sought.items()}
        for script, pid in find_scripts(shells).items():
            if (identity := ProcessIdentity.of(pid)) is not None:
                found[sought[script]] = identity
    return found


def _by_id_or_claim(scheduler: Scheduler, job: LocalJob) -> ProcessIdentity | None:
    identity = ProcessIdentity.parse(job.uid or "")
    if identity is not None and not Process.adopt(identity).ended():
        return identity
    pid = job.claimed_by()
    if pid is None or not runs_script(pid, job.option(scheduler, "shell"), job.script_path):
        return None
    return ProcessIdentity.of(pid)
