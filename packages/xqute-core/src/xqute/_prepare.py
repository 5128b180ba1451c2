"""Writing the script and the intent of an attempt, before it is submitted."""

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
    """Write the wrapped scripts, with their intents, of all jobs that have none yet.

    Returns:
        The exception for each job whose script could not be written.
    """
    errors: dict[Job, Exception] = {}
    for job in batch:
        if job.token:
            continue
        try:
            _write_intent(job, scheduler)
        except Exception as error:
            # It comes from the disk or from wrap_cmd. Only this job fails.
            logger.debug("%r: its script can't be written", job, exc_info=True)
            job.attempt = job.attempt.with_token("")
            errors[job] = error
    return errors


def _write_intent(job: Job, scheduler: Scheduler[Any]) -> None:
    folder, script = job.folder, job.script_path
    shelf = f"{folder}/job.retry/{job.trial_count}"
    # The shelf exists if the script of this attempt was already written once.
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
