"""qhold and qrls: set and release the user hold of tasks."""

from __future__ import annotations

from .._cell import Cell
from .._request import Answer, Refusal, Request
from ._help_texts import QHOLD, QRLS
from ._job_words import read_words

_UNKNOWN = 3
_NOT_ALLOWED = 10
_RANKS = {"s": "manager", "o": "operator"}


def qhold(cell: Cell, request: Request) -> Answer:
    """Set the hold of tasks."""
    return _change(cell, list(request.words), hold=True)


def qrls(cell: Cell, request: Request) -> Answer:
    """Release the hold of tasks."""
    return _change(cell, list(request.words), hold=False)


def _change(cell: Cell, words: list[str], *, hold: bool) -> Answer:
    if not words:
        raise Refusal((QHOLD if hold else QRLS) + "ERROR! no option argument\n")
    kinds = "u"
    if words[0] == "-h" and len(words) > 1:
        kinds = words[1]
        del words[:2]
    answer = Answer()
    for word in read_words(words):
        jobs = word.jobs(cell)
        if not jobs:
            answer.out += f'denied: job "{word.text}" does not exist\n'
            answer.status = _UNKNOWN
        elif kinds in _RANKS:
            rank = _RANKS[kinds]
            answer.out += f'denied: "{cell.config.user}" must be {rank} to set {rank} hold\n'
            answer.status = _NOT_ALLOWED
        for job in jobs if kinds not in _RANKS else ():
            for task in word.of(job):
                if task.held != hold:
                    task.held = hold
                    answer.out += f"modified hold of {task.label}\n"
        cell.dispatcher.wake()
    return answer
