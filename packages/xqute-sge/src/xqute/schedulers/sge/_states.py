"""What qstat says: which jobs there are, in what state, and why one is in error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

from xqute import QueueState, SchedulerUnavailable
from xqute.schedulers.sge._ids import expand

# More than any cell holds for one user. A range is short, and what it stands for may not be.
_MOST_TASKS = 2_000_000


@dataclass(slots=True)
class Queue:
    """What qstat has listed.

    Attributes:
        states: The letters of the state of each job, and of each task of an array, by its id.
        names: The names of the jobs, by their numbers.
    """

    states: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    _tasks: int = 0

    def add(self, row: dict[str, str]) -> None:
        """Take one entry of the list.

        Raises:
            KeyError: It lacks what each has.
            ValueError: Its tasks are no list of ranges, or too many.
        """
        number, letters = row["JB_job_number"], row["state"]
        self.names[number] = row["JB_name"]
        tasks = row.get("tasks")
        if not tasks:
            self.states[number] = letters
            return
        for task in expand(tasks):
            self._tasks += 1
            if self._tasks > _MOST_TASKS:
                raise ValueError(f"it lists more than {_MOST_TASKS:,} tasks")
            self.states[f"{number}.{task}"] = letters


def is_error(letters: str) -> bool:
    """Return whether the job is in error: it will not start unless somebody clears that."""
    return "E" in letters


def state(letters: str | None) -> QueueState:
    """Return what the letters of qstat(1) and sge_status(5) say of a job that is not in error.

    It is there and waits with `w`, `q`, `h` or `R` alone, and while it is transferred, `t`; it has
    started with `r`, and when it is suspended, `s`, `S`, `T`, `N` or `P`. `d` changes nothing about
    that: it is there until it is gone.
    """
    if letters is None or "z" in letters or "x" in letters:
        return QueueState.GONE
    return QueueState.RUNNING if set(letters) & set("rsSTNP") else QueueState.PENDING


def read_queue(text: str) -> Queue:
    """Return what `qstat -xml` has printed.

    Raises:
        SchedulerUnavailable: It is not whole, or not the list of jobs.
    """
    queue = Queue()
    try:
        # Without a document type there are no entities but those of XML itself.
        if "<!" in text:
            raise ValueError("it declares a document type")
        root = ElementTree.fromstring(text)  # noqa: S314  # see above
        if root.tag != "job_info":
            raise ValueError(f"it is a <{root.tag}>")
        for row in root.iter("job_list"):
            queue.add({field.tag: field.text or "" for field in row})
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise SchedulerUnavailable(
            f"qstat has printed no list of jobs ({error!r}): {text[:200]!r}"
        ) from error
    return queue


_NUMBER = re.compile(r"job_number:\s+(\d+)")
_REASON = re.compile(r"error reason\s+(\d+):\s+(.+)")


def read_reasons(text: str) -> dict[str, str]:
    """Return the reasons of errors in what `qstat -j` has printed, by the ids of jobs and tasks."""
    reasons: dict[str, str] = {}
    number = ""
    for line in text.split("\n"):
        if (found := _NUMBER.match(line)) is not None:
            number = found[1]
        elif (found := _REASON.match(line)) is not None:
            # A job alone is its own task 1.
            reasons.setdefault(number, found[2].strip())
            reasons[f"{number}.{found[1]}"] = found[2].strip()
    return reasons
