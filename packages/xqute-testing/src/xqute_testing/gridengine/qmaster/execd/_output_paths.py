"""The files that the output of a task goes to."""

from __future__ import annotations

import os
import re

from .._config import Config
from .._job import Task
from ._environment import for_host

_VARIABLE = re.compile(r"\$(JOB_NAME|JOB_ID|TASK_ID|USER|HOSTNAME|HOME)")


def output_paths(task: Task, config: Config) -> tuple[str, str]:
    """Return the paths of standard output and standard error."""
    submission = task.job.submission
    out = _path(task, for_host(submission.stdout, task.host), "o", config)
    if submission.merge:
        return out, out
    return out, _path(task, for_host(submission.stderr, task.host), "e", config)


def _path(task: Task, given: str | None, letter: str, config: Config) -> str:
    job = task.job
    values = {
        "JOB_NAME": job.name,
        "JOB_ID": str(job.id),
        "TASK_ID": str(task.id if job.is_array else 0),
        "USER": config.user,
        "HOSTNAME": task.host or "",
        "HOME": config.home,
    }
    folder = job.submission.cwd or config.home
    path = _VARIABLE.sub(lambda match: values[match[1]], given or "")
    if path == "~" or path.startswith("~/"):
        path = config.home + path[1:]
    path = os.path.join(folder, path)
    if not given or os.path.isdir(path):
        suffix = f".{task.id}" if job.is_array else ""
        path = os.path.join(path, f"{job.name}.{letter}{job.id}{suffix}")
    return path
