"""What to do about a job of which a former run has left something."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from xqute._attempt_files import Former, clear_lock, read_former
from xqute._call_limit import call_limit
from xqute._errors import MetadirConflict, MetadirError
from xqute._fingerprint import fingerprint

if TYPE_CHECKING:
    from xqute._job import Job
    from xqute._scheduler import Scheduler


class Plan(Enum):
    """What to do with a job that is pushed."""

    #: Nothing is left of it, or only what has ended: run it.
    RUN = auto()
    #: It has succeeded, and is not to be run again.
    COLLECT = auto()
    #: The same job may still be with the scheduler: look it up, and take it up or run it.
    TAKE_UP = auto()
    #: Another job of this index may still be with the scheduler: it must not be.
    CONFLICT = auto()


def plan(former: Former | None, fingerprint: str, *, resume: bool) -> Plan:
    """Return what to do with the job of this fingerprint."""
    if former is None:
        return Plan.RUN
    same = former.intent.fingerprint == fingerprint
    if former.rc is None:
        return Plan.TAKE_UP if same else Plan.CONFLICT
    if former.rc == 0 and same and resume:
        return Plan.COLLECT
    return Plan.RUN


async def make_plan(
    job: Job, scheduler: Scheduler, common: Mapping[str, Any], *, resume: bool
) -> Plan:
    """Return what to do with a job, and set it up as a former run has left it.

    Args:
        job: The job, just made.
        scheduler: Whom to ask whether another job of its index still runs.
        common: The producer's options that make a job what it is.
        resume: Collect a job that a former run has finished.

    Raises:
        MetadirConflict: Another job of its index still runs, or it can't be followed from here.
        MetadirError: What was left of it can't be read.
    """
    options = common
    if job.options:
        left_out = scheduler.non_identity_options
        options = {**common, **{k: v for k, v in job.options.items() if k not in left_out}}
    job.fingerprint = fingerprint(
        job.cmd, job.environment(scheduler), job.workdir(scheduler), job.timeout, options
    )
    try:
        former = read_former(job.folder, job.script_path)
    except OSError as error:
        raise MetadirError(
            f"what a former run has left of job {job.index} can't be read: {error}"
        ) from error
    what = plan(former, job.fingerprint, resume=resume)
    if former is None or what is Plan.RUN:
        return what
    job.resumed = True
    job.trial_count = former.intent.trial
    job.token = former.intent.token
    if what is Plan.COLLECT and job.read_report().failure is not None:
        return _forget(job)
    if what is Plan.COLLECT:
        if former.uid:
            _clear_lock(job)
        job.rc = former.rc
        job.usage = scheduler.usage(job)
        return what
    job.uid = former.uid
    if job.uid:
        scheduler.check_former(job)
    if what is Plan.CONFLICT:
        await _check_conflict(job, scheduler)
        return _forget(job)
    return what


async def _check_conflict(job: Job, scheduler: Scheduler) -> None:
    with call_limit(scheduler, 1):
        found = await scheduler.find_jobs([job])
    if job in found:
        raise MetadirConflict(
            f"another job {job.index} of a former run is still there, with the id {found[job]}: "
            f"its command, environment, cwd or options differ from those of {job.cmd!r}; wait for "
            f"its end or kill it, or use another job_metadir"
        )


def _clear_lock(job: Job) -> None:
    """Clear the lock of a job that has ended, and whose controller died before it could do so."""
    try:
        clear_lock(job.folder)
    except OSError as error:
        raise MetadirError(f"the lock of job {job.index} can't be cleared: {error}") from error


def _forget(job: Job) -> Plan:
    """Set a job up as if there had been no former run."""
    job.resumed = False
    job.trial_count, job.token, job.uid = 0, "", None
    return Plan.RUN
