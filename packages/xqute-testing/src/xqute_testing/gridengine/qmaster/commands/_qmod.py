"""qmod for jobs: clears the error state, reschedules, suspends and unsuspends."""

from __future__ import annotations

import signal
from collections.abc import Callable

from .._cell import Cell
from .._job import Task
from .._request import Answer, Refusal, Request
from ._help_texts import QMOD
from ._job_words import read_words

# Returns the line to print, and whether the exit status becomes 1.
_Act = Callable[[Cell, Task], tuple[str, bool]]


def qmod(cell: Cell, request: Request) -> Answer:
    """Change the states of tasks."""
    words = list(request.words)
    if not words:
        raise Refusal(QMOD + "ERROR! no option argument\n")
    act = _ACTS.get(words.pop(0))
    if act is None:
        raise Refusal("qmod: only -cj, -rj, -sj and -usj are there in this fake Grid Engine\n")
    answer = Answer()
    for word in read_words(words):
        jobs = word.jobs(cell)
        tasks = [task for job in jobs for task in word.of(job)]
        for task in tasks:
            line, failed = act(cell, task)
            answer.out += line + "\n"
            answer.status = max(answer.status, failed)
        if not tasks:
            answer.out += f'invalid queue or job "{word.text}"\n'
            answer.status = 1
    return answer


def _clear(cell: Cell, task: Task) -> tuple[str, bool]:
    if task.error is None:
        return f"{_capitalised(task)} is not in error state", True
    task.error = None
    cell.dispatcher.wake()
    # The real qmod ends with 1 although it has succeeded.
    return f"{cell.config.user}@{cell.config.hosts[0]} cleared error state of {task.label}", True


def _reschedule(cell: Cell, task: Task) -> tuple[str, bool]:
    if task.deleted:
        return f"The {task.label} is already in deleted state. No rescheduling!", False
    if task.job.submission.rerun is False:
        return f"The {task.label} is not restartable", False
    if task.job.submission.rerun is None:
        where = "queue none where jobs are not rerunable."
        return f"The {task.label} is running in {where}", False
    if not task.runs:
        return f"The {task.label} is not running", False
    host = task.host
    cell.reschedule(task)
    return f"Pushed rescheduling of {task.label} on host {host}", False


def _suspend(cell: Cell, task: Task) -> tuple[str, bool]:
    if task.suspended:
        return f"{cell.config.user} - {task.label} is already suspended", False
    task.suspended = True
    cell.execd.signal(task, signal.SIGSTOP)
    return f"{cell.config.user} - suspended {task.label}", False


def _unsuspend(cell: Cell, task: Task) -> tuple[str, bool]:
    if not task.suspended:
        return f"{cell.config.user} - {task.label} is already unsuspended", True
    task.suspended = False
    cell.execd.signal(task, signal.SIGCONT)
    return f"{cell.config.user} - unsuspended {task.label}", False


def _capitalised(task: Task) -> str:
    return task.label[0].upper() + task.label[1:]


_ACTS: dict[str, _Act] = {
    "-cj": _clear,
    "-rj": _reschedule,
    "-sj": _suspend,
    "-usj": _unsuspend,
}
