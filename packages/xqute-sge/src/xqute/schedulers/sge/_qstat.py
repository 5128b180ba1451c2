"""Reading what qstat prints: which jobs there are, their states, and why one is in error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

from xqute import QueueState, SchedulerUnavailable
from xqute.schedulers.sge import _ids

# No user has as many tasks. Without a limit, one short range could stand for so many tasks that
# they fill the memory.
_MAX_TASKS = 2_000_000


@dataclass(slots=True)
class Listing:
    """The jobs that qstat has listed.

    Attributes:
        states: The letters of the state of each job, and of each task of an array, by its id.
        names: The names of the jobs, by their numbers.
    """

    states: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    _task_count: int = 0

    def add(self, entry: dict[str, str]) -> None:
        """Add one entry of the list.

        Raises:
            KeyError: The entry lacks a field that each must have.
            ValueError: Its tasks are no list of ranges, or there are too many.
        """
        number, letters = entry["JB_job_number"], entry["state"]
        self.names[number] = entry["JB_name"]
        tasks = entry.get("tasks")
        if not tasks:
            self.states[number] = letters
            return
        for task in _ids.expand_ranges(tasks):
            self._task_count += 1
            if self._task_count > _MAX_TASKS:
                raise ValueError(f"it lists more than {_MAX_TASKS:,} tasks")
            self.states[f"{number}.{task}"] = letters


def is_in_error(letters: str) -> bool:
    """Return whether the state is an error: the job waits until somebody clears the error."""
    return "E" in letters


def queue_state(letters: str | None) -> QueueState:
    """Return the state that letters of qstat stand for, errors left aside; see `is_in_error`.

    A job waits in the states `w`, `q`, `h` and `R`, and while it is transferred to its host, `t`.
    It has started in state `r`, and is suspended in `s`, `S`, `T`, `N` and `P`. One that is being
    deleted, `d`, is there until it is gone. Sources: qstat(1), sge_status(5).

    Args:
        letters: The letters, or None if qstat has not listed the job.
    """
    if letters is None or "z" in letters or "x" in letters:
        return QueueState.GONE
    return QueueState.RUNNING if set(letters) & set("rsSTNP") else QueueState.PENDING


def parse_listing(text: str) -> Listing:
    """Return the jobs in what `qstat -xml` has printed.

    Raises:
        SchedulerUnavailable: The text is incomplete, or is not a list of jobs.
    """
    listing = Listing()
    try:
        # A document type could define entities that expand to gigabytes, or that name files.
        # Without one there are only the five entities of XML itself.
        if "<!" in text:
            raise ValueError("it declares a document type")
        root = ElementTree.fromstring(text)  # noqa: S314  # see above
        if root.tag != "job_info":
            raise ValueError(f"it is a <{root.tag}>")
        for entry in root.iter("job_list"):
            listing.add({field.tag: field.text or "" for field in entry})
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise SchedulerUnavailable(
            f"qstat has printed no list of jobs ({error!r}): {text[:200]!r}"
        ) from error
    return listing


_NUMBER = re.compile(r"job_number:\s+(\d+)")
_REASON = re.compile(r"error reason\s+(\d+):\s+(.+)")


def parse_error_reasons(text: str) -> dict[str, str]:
    """Return the error reasons in what `qstat -j` has printed, by the ids of jobs and tasks."""
    reasons: dict[str, str] = {}
    number = ""
    for line in text.split("\n"):
        if (found := _NUMBER.match(line)) is not None:
            number = found[1]
        elif (found := _REASON.match(line)) is not None:
            # The reason of a job by itself is printed as that of task 1.
            reasons.setdefault(number, found[2].strip())
            reasons[f"{number}.{found[1]}"] = found[2].strip()
    return reasons
