"""What is on disk before an attempt is submitted."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from xqute._attempt_files import Intent, shelve, write_script
from xqute._job import Job
from xqute._scheduler import Scheduler

logger = logging.getLogger("xqute")


def prepare(batch: Sequence[Job], scheduler: Scheduler[Any]) -> dict[Job, Exception]:
    """Write the scripts, each with its intent, of those jobs that have none yet.

    Returns:
        Why that failed, for the jobs with which it did.
    """
    errors: dict[Job, Exception] = {}
    for job in batch:
        if job.token:
            continue
        try:
            _write_intent(job, scheduler)
        except Exception as error:  # of the disk, or of wrap_cmd: this job's alone
            logger.debug("%r: no script", job, exc_info=True)
            job.attempt = job.attempt.with_token("")
            errors[job] = error
    return errors


def _write_intent(job: Job, scheduler: Scheduler[Any]) -> None:
    folder, script = job.folder, job.script_path
    shelf = f"{folder}/job.retry/{job.trial_count}"
    # It is there when this is not the first start of this attempt.
    if job.trial_count and not os.path.isdir(shelf):
        shelve(folder, script, shelf)
    job.attempt = job.attempt.with_token(os.urandom(6).hex())
    text = job.wrap_cmd(scheduler)
    if not text.endswith("\n"):
        text += "\n"
    options = job.attempt.given_options
    intent = Intent(job.trial_count, job.token, job.fingerprint, options)
    keep, mode = job.trial_count > 0, scheduler.folder_mode
    write_script(folder, script, text, intent, keep_retries=keep, mode=mode)
