"""Jobs of former runs: what is left of them on disk, and what to do about it."""

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
    """What a former run has left on disk for a job.

    Attributes:
        intent: The intent of the last attempt.
        rc: The exit status of that attempt; None if it has not ended, or has left no result.
        uid: The scheduler's id of that attempt; None if none was written down.
    """

    intent: Intent
    rc: int | None
    uid: str | None


class Plan(Enum):
    """What to do with a job that is pushed."""

    #: Run it: a former run has left nothing, or a result that is not collected.
    RUN = auto()
    #: Collect it: the same job has succeeded in a former run.
    COLLECT = auto()
    #: The same job may still be with the scheduler. Look it up, then take it up or run it.
    TAKE_UP = auto()
    #: A different job with the same index may still be with the scheduler. It must be gone first.
    CONFLICT = auto()


def read_former(folder: str, script: str) -> Former | None:
    """Return what a former run has left for a job; None if it never submitted the job.

    Args:
        folder: The job's folder.
        script: The path of its wrapped script.

    Raises:
        PermissionError: The folder belongs to another user, or everybody may write to it.
        OSError: The files can't be read.
        ValueError: The intent is damaged.
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
    """Return what to do with a job that has this fingerprint.

    Args:
        former: What a former run has left for a job with the same index.
        fingerprint: The fingerprint of the job that is pushed.
        resume: Whether to collect a job that a former run has finished.
    """
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
        scheduler: The scheduler of the run.
        common: The options of the run that are part of a job's identity.
    """
    options = common
    if job.options:
        options = {**common, **scheduler.identity_options(job.options)}
    return fingerprint(
        job.cmd, job.environment(scheduler), job.workdir(scheduler), job.timeout, options
    )


async def resume_former(job: Job, scheduler: Scheduler[Any], *, resume: bool) -> Plan:
    """Restore the attempt that a former run has left for a job, and return what to do with it.

    If a different job with the same index may still run, the scheduler is asked for it. The lock of
    a job that is collected is cleared, in case a crash of the former controller has left it.

    Args:
        job: The job, with its fingerprint.
        scheduler: The scheduler of the run.
        resume: Whether to collect a job that a former run has finished.

    Raises:
        MetadirConflict: A different job with the same index still runs, or the job can't be
            followed from this host.
        MetadirError: The files that a former run has left can't be used.
        SchedulerUnavailable: The scheduler does not answer, and a different job may still run.
    """
    try:
        former = read_former(job.folder, job.script_path)
    except (OSError, ValueError) as error:
        raise MetadirError(
            f"the files that a former run has left for job {job.index} can't be read: {error}"
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
        options = scheduler.check_options(intent.options)
    except (TypeError, ValueError) as error:
        raise MetadirError(
            f"the options of a retry, read from the intent on disk, can't be used: {error}"
        ) from error
    return Attempt(
        intent.trial,
        intent.token,
        options=options,
        given_options=intent.options,
        resumed=True,
    )


async def _collect(job: Job, former: Former, scheduler: Scheduler[Any]) -> Plan:
    if job.read_report().failure is not None:
        # It ran into its timeout, although its exit status is 0.
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
            f"scheduler {scheduler.name!r} still has a different job {job.index} of a former run, "
            f"with the id {found[job]}: its command, environment, cwd, timeout or options differ "
            f"from those of {job.cmd!r}; wait for its end or kill it, or use another job_metadir"
        )
