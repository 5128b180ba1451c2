"""qdel: deletes jobs and tasks. It prints errors on standard output too."""

from __future__ import annotations

from .._cell import Cell
from .._job import Job, Task
from .._request import Answer, Refusal, Request
from ._help_texts import QDEL
from ._job_words import Word, read_words
from ._task_ranges import show_ids, show_range


def qdel(cell: Cell, request: Request) -> Answer:
    """Delete jobs and tasks."""
    words = list(request.words)
    users: list[str] | None = None
    while words and words[0] in ("-u", "-f"):
        if words.pop(0) == "-f":
            raise Refusal("qdel: the option -f is not there in this fake Grid Engine\n")
        users = (words.pop(0) if words else "").split(",")
    selected = read_words(words)
    if users is not None:
        return _delete_of_users(cell, users, selected)
    if not selected:
        return Answer("ERROR! no option argument\n", QDEL, 1)
    answer = Answer()
    for word in selected:
        _delete(cell, word, answer)
    return answer


def _delete_of_users(cell: Cell, users: list[str], selected: list[Word]) -> Answer:
    answer = Answer()
    jobs = list(cell.jobs) if {"*", cell.config.user} & set(users) else []
    if selected:
        named = [job for word in selected for job in word.jobs(cell)]
        jobs = [job for job in jobs if job in named]
    for job in jobs:
        _delete_tasks(cell, job, list(job.tasks.values()), answer, whole=True)
    if not jobs:
        listed = ",".join(users)
        answer.out = f"There is no job registered for the following users: {listed}\n"
        answer.status = 1
    return answer


def _delete(cell: Cell, word: Word, answer: Answer) -> None:
    jobs = word.jobs(cell)
    if not jobs:
        answer.status = 1
        if word.is_name:
            answer.out += f"The job {word.job} of user(s) {cell.config.user} does not exist\n"
        else:
            answer.out += f'denied: job "{word.job}" does not exist\n'
    for job in jobs:
        tasks = word.of(job)
        if not tasks and word.tasks is not None:
            _nothing(job, word.tasks, answer)
        _delete_tasks(cell, job, tasks, answer, whole=word.tasks is None)


def _nothing(job: Job, ids: range, answer: Answer) -> None:
    answer.status = 1
    if len(ids) == 1:
        answer.out += f'job "{job.id}" task "{ids.start}" does not exist\n'
    else:
        answer.out += f'job "{job.id}" task id range "{show_range(ids)}" comprises no tasks\n'


def _delete_tasks(cell: Cell, job: Job, tasks: list[Task], answer: Answer, *, whole: bool) -> None:
    user = cell.config.user
    gone: list[int] = []
    for task in tasks:
        if task.deleted:
            answer.out += f"job {job.id} is already in deletion\n"
        elif cell.delete(task):
            gone.append(task.id)
        else:
            answer.out += f"{user} has registered the {task.label} for deletion\n"
    if not gone:
        return
    if whole:
        answer.out += f"{user} has deleted job {job.id}\n"
    elif len(gone) == 1:
        answer.out += f"{user} has deleted job-array task {job.id}.{gone[0]}\n"
    else:
        answer.out += f"{user} has deleted job-array tasks {show_ids(gone)} of job {job.id}\n"
