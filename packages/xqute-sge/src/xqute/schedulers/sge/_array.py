"""The script of a job array: it becomes the wrapped script of the job that is its task.

It stays on disk only as long as it is not known whether Grid Engine has the array: then it says,
after a crash too, which attempt of which job each task is. What a crash has left of it goes at the
end of the run that has settled it.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from xqute import Job, JobFiles

#: What the name of an array ends in, and no name of a job alone.
IS_ARRAY: Final = re.compile(r"\.array\.[0-9a-f]{12}\Z")

_TASK = re.compile(r"^# ([0-9]{1,9}): job ([0-9]{1,9}), attempt ([0-9a-f]+)$", re.MULTILINE)


def new_name(jobs: Sequence[Job]) -> str:
    """Return a name for an array that no other has; people see that of its first job in it."""
    label = jobs[0].unique_name.rsplit(".", 2)[0]
    return f"{label}.array.{secrets.token_hex(6)}"


def path(metadir: Path, name: str) -> Path:
    """Return where the script of the array of this name is, or was."""
    return metadir / f"sge.{name}"


def text(
    name: str, metadir: Path, shell: str, jobs: Sequence[Job], directives: Sequence[str]
) -> str:
    """Return the script of an array, in which the first job is task 1, and so on."""
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
        folder=shlex.quote(str(metadir)).replace("\n#", "\n'\\#'"),
        tasks=tasks,
    )


def write(file: Path, script: str) -> None:
    """Write the script of an array, for its owner alone."""
    data = script.encode("utf-8", "surrogateescape")
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o700)
    with open(fd, "wb") as out:
        out.write(data)


def read_tasks(file: Path) -> Mapping[int, tuple[int, str]]:
    """Return the index of the job and the token of its attempt, by task; nothing without a file."""
    try:
        script = file.read_text("utf-8", "surrogateescape")
    except OSError:
        return {}
    return {int(task): (int(index), token) for task, index, token in _TASK.findall(script)}


def remove_settled(metadir: Path) -> None:
    """Remove the scripts of arrays, left by a crash, of which no task is in doubt any more.

    A task is in doubt as long as it is the current attempt of its job, has not begun, and has an id
    that is not written down.
    """
    with os.scandir(metadir) as entries:
        names = [entry.name for entry in entries if IS_ARRAY.search(entry.name)]
    for file in [metadir / name for name in names if name.startswith("sge.")]:
        tasks = read_tasks(file).values()
        if not any(
            _is_in_doubt(JobFiles(index, str(metadir), token=token)) for index, token in tasks
        ):
            file.unlink(missing_ok=True)


def _is_in_doubt(attempt: JobFiles) -> bool:
    try:
        script = attempt.wrapped_script("sge").read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    if f" token={attempt.token} " not in script or os.path.exists(attempt.claim):
        return False
    lock = attempt.lock_file
    return not lock.exists() or lock.stat().st_size == 0


def _runs(indexes: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first task of each run of neighbouring jobs, and the index of its job."""
    return [
        (task, index)
        for task, index in enumerate(indexes, 1)
        if task == 1 or index != indexes[task - 2] + 1
    ]


# `exec` is where a shell stops reading: what is below costs no task anything.
_SCRIPT = """\
#!{shell}
#$ -N {name}
{directives}# Pairs of a task and its job; the tasks after it are the jobs after that one.
set -- {runs}
while [ "$#" -gt 2 ] && [ "$3" -le "$SGE_TASK_ID" ]; do
    shift 2
done
exec {quoted} {folder}/"$(($2 + SGE_TASK_ID - $1))"/job.wrapped.sge
{tasks}"""
