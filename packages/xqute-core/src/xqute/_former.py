"""What a former run has left of a job that is pushed, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

from xqute._attempt import FIRST_ATTEMPT, Attempt
from xqute._attempt_files import Intent, clear_lock, read_intent
from xqute._call_limit import call_limit
from xqute._errors import MetadirConflict, MetadirError
from xqute._file_access import with_files
from xqute._file_names import LOCK, RC
from xqute._fingerprint import fingerprint
from xqute._job import Job
from xqute._ownership import check_ownership
from xqute._result_files import read_rc, read_text
from xqute._scheduler import Scheduler


class Former(NamedTuple):
    """What a former run has left of a job.

    Attributes:
        intent: The last attempt.
        rc: Its exit status, None when it has not ended, or not with a result.
        uid: The scheduler's id of it, None when none was written down.
    """

    intent: Intent
    rc: int | None
    uid: str | None


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


def read_former(folder: str, script: str) -> Former | None:
    """Return what a former run has left, None when it never came to submitting the job.

    Args:
        folder: The job's folder.
        script: The path of its wrapped script.

    Raises:
        PermissionError: The folder is not this user's, or may be changed by anybody.
        OSError: It can't be read.
        ValueError: Its intent is damaged.
    """
    try:
        check_ownership(folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    intent = read_intent(script)
    if intent is None:
        return None
    uid = (read_text(f"{folder}/{LOCK}") or "").strip()
    return Former(intent, read_rc(f"{folder}/{RC}"), uid or None)


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


def job_fingerprint(job: Job, scheduler: Scheduler[Any], common: Mapping[str, Any]) -> str:
    """Return the fingerprint of a job.

    Args:
        job: The job.
        scheduler: The scheduler that it is for.
        common: The options of the run that belong to a job's identity.
    """
    options = common
    if job.options:
        left_out = scheduler.non_identity_options
        options = {**common, **{k: v for k, v in job.options.items() if k not in left_out}}
    return fingerprint(
        job.cmd, job.environment(scheduler), job.workdir(scheduler), job.timeout, options
    )


async def resume_former(job: Job, scheduler: Scheduler[Any], *, resume: bool) -> Plan:
    """Set a job up as a former run has left it, and return what to do with it.

    The scheduler is asked when another job of the same index may still run. The lock of a job that
    is collected is cleared, when the former controller died before it could do that.

    Args:
        job: The job, with its fingerprint.
        scheduler: The scheduler that it is for.
        resume: Collect a job that a former run has finished.

    Raises:
        MetadirConflict: Another job of its index still runs, or it can't be followed from here.
        MetadirError: What was left of it can't be used.
        SchedulerUnavailable: Whether the other job still runs can't be asked now.
    """
    try:
        former = read_former(job.folder, job.script_path)
    except (OSError, ValueError) as error:
        raise MetadirError(
            f"what a former run has left of job {job.index} can't be read: {error}"
        ) from error
    what = plan(former, job.fingerprint, resume=resume)
    if former is None or what is Plan.RUN:
        return Plan.RUN
    job.attempt = _former_attempt(former, scheduler)
    if what is Plan.COLLECT:
        return await _collect(job, former, scheduler)
    job.attempt = job.attempt if former.uid is None else job.attempt.with_uid(former.uid)
    if job.uid:
        scheduler.check_former(job)
    if what is Plan.CONFLICT:
        await _check_conflict(job, scheduler)
        job.attempt = FIRST_ATTEMPT
        return Plan.RUN
    return what


def _former_attempt(former: Former, scheduler: Scheduler[Any]) -> Attempt:
    intent = former.intent
    try:
        options = {
            name: scheduler.check_option(name, value) for name, value in intent.options.items()
        }
    except (TypeError, ValueError) as error:
        raise MetadirError(f"options of a retry on disk can't be used: {error}") from error
    return Attempt(
        intent.trial,
        intent.token,
        options=options,
        given_options=intent.options,
        resumed=True,
    )


async def _collect(job: Job, former: Former, scheduler: Scheduler[Any]) -> Plan:
    if job.read_report().failure is not None:
        # It ran into its timeout, and ended with 0 all the same.
        job.attempt = FIRST_ATTEMPT
        return Plan.RUN
    if former.uid:
        try:
            clear_lock(job.folder)
        except OSError as error:
            raise MetadirError(f"the lock of job {job.index} can't be cleared: {error}") from error
    usage = await with_files(scheduler, scheduler.usage, job)
    job.attempt = job.attempt.ended(former.rc, None).with_usage(usage)
    return Plan.COLLECT


async def _check_conflict(job: Job, scheduler: Scheduler[Any]) -> None:
    with call_limit(scheduler, 1):
        found = await scheduler.find_jobs([job])
    if job in found:
        raise MetadirConflict(
            f"another job {job.index} of a former run is still there, with the id {found[job]}: "
            f"its command, environment, cwd or options differ from those of {job.cmd!r}; wait for "
            f"its end or kill it, or use another job_metadir"
        )
