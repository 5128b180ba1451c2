"""The script of a job array. Each task of it replaces itself by the wrapped script of its job.

The script is on disk only while it is not known whether Grid Engine has the array. During that time
it says, after a crash of the controller too, which attempt of which job each task is. A script that
a crash has left is removed at the end of a later run, when no task of it is in doubt any more.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from xqute import Job, JobFiles

# No name of a job by itself ends like this.
_ARRAY_NAME = re.compile(r"\.array\.[0-9a-f]{12}\Z")

_TASK = re.compile(r"^# ([0-9]{1,9}): job ([0-9]{1,9}), attempt ([0-9a-f]+)$", re.MULTILINE)


def new_name(jobs: Sequence[Job]) -> str:
    """Return a name for an array that no other has; it begins with the name of its first job."""
    label = jobs[0].unique_name.rsplit(".", 2)[0]
    return f"{label}.array.{secrets.token_hex(6)}"


def is_array_name(name: str) -> bool:
    """Return whether a name was made by `new_name`."""
    return _ARRAY_NAME.search(name) is not None


def script_path(job_metadir: Path, name: str) -> Path:
    """Return the path of the script of the array of this name; the script may be removed by now."""
    return job_metadir / f"sge.{name}"


def render(
    name: str, job_metadir: Path, shell: str, jobs: Sequence[Job], directives: Sequence[str]
) -> str:
    """Return the script of an array in which the first job is task 1, the second task 2, and so on.

    Args:
        name: The name of the array.
        job_metadir: The folder of all jobs.
        shell: The absolute path of the shell that runs the wrapped scripts.
        jobs: The jobs.
        directives: The directives that the jobs have in common.
    """
    runs = " ".join([f"{task} {index}" for task, index in _runs([job.index for job in jobs])])
    tasks = "".join(
        [f"# {task}: job {job.index}, attempt {job.token}\n" for task, job in enumerate(jobs, 1)]
    )
    return _SCRIPT.format(
        shell=shell,
        name=name,
        directives="".join([f"{line}\n" for line in directives]),
        runs=runs,
        quoted=shlex.quote(shell),
        # qsub takes every line that begins with `#$` for a directive, one in a quoted text too.
        folder=shlex.quote(str(job_metadir)).replace("\n#", "\n'\\#'"),
        tasks=tasks,
    )


def write(file: Path, script: str) -> None:
    """Write the script of an array, so that only its owner can read it.

    Raises:
        OSError: It can't be written, or is there already.
    """
    data = script.encode("utf-8", "surrogateescape")
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o700)
    with open(fd, "wb") as out:
        out.write(data)


def read_tasks(file: Path) -> Mapping[int, tuple[int, str]]:
    """Return which job each task is: by task, the index of the job and the token of its attempt.

    It is empty if the script can't be read.
    """
    try:
        script = file.read_text("utf-8", "surrogateescape")
    except OSError:
        return {}
    return {int(task): (int(index), token) for task, index, token in _TASK.findall(script)}


def remove_settled(job_metadir: Path) -> None:
    """Remove the scripts that a crash has left, and of which no task is in doubt any more.

    Raises:
        OSError: The folder can't be read, or a script can't be removed.
    """
    with os.scandir(job_metadir) as entries:
        names = [entry.name for entry in entries if is_array_name(entry.name)]
    for file in [job_metadir / name for name in names if name.startswith("sge.")]:
        attempts = [
            JobFiles(index, str(job_metadir), token=token)
            for index, token in read_tasks(file).values()
        ]
        if not any(map(_is_in_doubt, attempts)):
            file.unlink(missing_ok=True)


def _is_in_doubt(attempt: JobFiles) -> bool:
    """Return whether nothing on disk says if Grid Engine has this attempt.

    That is so if it is still the current attempt of its job, no copy of its script has begun, and
    its id is not written down.
    """
    try:
        script = attempt.wrapped_script("sge").read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    if f" token={attempt.token} " not in script or os.path.exists(attempt.claim):
        return False
    lock = attempt.lock_file
    return not lock.exists() or lock.stat().st_size == 0


def _runs(indexes: Sequence[int]) -> list[tuple[int, int]]:
    """Return, for each run of consecutive indexes, its first task and the index of that job."""
    return [
        (task, index)
        for task, index in enumerate(indexes, 1)
        if task == 1 or index != indexes[task - 2] + 1
    ]


# A shell does not read beyond `exec`, so that the list of tasks at the end costs no time.
_SCRIPT = """\
#!{shell}
#$ -N {name}
{directives}# Pairs of a task and the index of its job; later tasks are the jobs that follow it.
set -- {runs}
while [ "$#" -gt 2 ] && [ "$3" -le "$SGE_TASK_ID" ]; do
    shift 2
done
exec {quoted} {folder}/"$(($2 + SGE_TASK_ID - $1))"/job.wrapped.sge
{tasks}"""
