"""The jobs and tasks that the arguments of qdel, qmod, qhold and qrls name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._cell import Cell
from .._job import Job, Task
from .._request import Refusal
from ._task_ranges import parse_range

_NUMBER = re.compile(r"(\d+)(?:\.(.*))?\Z", re.ASCII | re.DOTALL)
_LOOKS_LIKE_RANGE = re.compile(r"[\d-]+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that names a job or a pattern of jobs.

    Attributes:
        text: The word as it was given.
        job: The number, name or pattern.
        tasks: The ids of the tasks, None for all of them.
    """

    text: str
    job: str
    tasks: range | None = None

    @property
    def is_name(self) -> bool:
        """Whether it is a name or a pattern, and not a number."""
        return not self.job.isdecimal()

    def jobs(self, cell: Cell) -> list[Job]:
        """Return the jobs that it names."""
        return cell.jobs.named([self.job])

    def of(self, job: Job) -> list[Task]:
        """Return the tasks of a job that it names."""
        wanted = self.tasks
        return [task for task in job.tasks.values() if wanted is None or task.id in wanted]


def read_words(words: list[str]) -> list[Word]:
    """Read `JOB`, `JOB.TASKS` and `JOB -t TASKS`, separated by commas or blanks.

    Raises:
        Refusal: A word is invalid.
    """
    found: list[Word] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "-t":
            ids = rest.pop(0) if rest else ""
            if not found:
                raise Refusal(
                    f"error: found lonely '-t {ids}' option"
                    " (The -t option needs a leading job name).\n"
                )
            found[-1] = Word(found[-1].text, found[-1].job, _tasks(ids))
        else:
            found += [_word(part) for part in word.split(",") if part]
    return found


def _word(text: str) -> Word:
    match = _NUMBER.match(text)
    if match and match[2] is None:
        return Word(text, text)
    if match:
        ids = parse_range(match[2])
        if ids is not None:
            return Word(text, match[1], ids)
    if match or _LOOKS_LIKE_RANGE.match(text):
        raise Refusal(f'error: ERROR! "{text}" is an invalid job-task identifier\n')
    return Word(text, text)


def _tasks(text: str) -> range:
    ids = parse_range(text)
    if ids is None:
        raise Refusal(f'error: ERROR! "{text}" is an invalid job-task identifier\n')
    return ids
