"""The ids of jobs: `17` for a job by itself, `17.3` for task 3 of a job array."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator


def split(uid: str) -> tuple[str, int | None]:
    """Return the number of the job, and that of the task, which is None for a job by itself."""
    number, _, task = uid.partition(".")
    return number, int(task) if task.isdecimal() else None


def expand_ranges(tasks: str) -> Iterator[int]:
    """Yield the tasks in a list of ranges, such as `1,3-6:1,8,9` or `2-10:2`.

    Raises:
        ValueError: The text is no such list.
    """
    for item in tasks.split(","):
        ends, _, step = item.partition(":")
        first, _, last = ends.partition("-")
        yield from range(int(first), int(last or first) + 1, int(step or 1))


def compress(uids: Iterable[str]) -> list[str]:
    """Return the ids with neighbouring tasks as ranges, such as `17`, `18.1-5`, `18.9`."""
    tasks: defaultdict[str, list[int]] = defaultdict(list)
    without_task: list[str] = []
    for uid in uids:
        number, task = split(uid)
        if task is None:
            without_task.append(number)
        else:
            tasks[number].append(task)
    ranges = [f"{number}.{part}" for number in tasks for part in _ranges(tasks[number])]
    return [*without_task, *ranges]


def _ranges(tasks: list[int]) -> Iterator[str]:
    tasks = sorted(set(tasks))
    first = 0
    for i, task in enumerate(tasks):
        if i + 1 == len(tasks) or tasks[i + 1] != task + 1:
            yield str(task) if first == i else f"{tasks[first]}-{task}"
            first = i + 1
