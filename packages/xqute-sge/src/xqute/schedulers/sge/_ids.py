"""Ids of jobs: `17` for one alone, `17.3` for the third task of an array."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator


def parts(uid: str) -> tuple[str, int | None]:
    """Return the number of the job, and that of the task where it is one."""
    number, _, task = uid.partition(".")
    return number, int(task) if task.isdecimal() else None


def expand(tasks: str) -> Iterator[int]:
    """Yield the tasks of a list of ranges, as `1,3-6:1,8,9` or `2-10:2`."""
    for item in tasks.split(","):
        ends, _, step = item.partition(":")
        first, _, last = ends.partition("-")
        yield from range(int(first), int(last or first) + 1, int(step or 1))


def compress(uids: Iterable[str]) -> list[str]:
    """Return the ids with neighbouring tasks in ranges, as `17`, `18.1-5`, `18.9`."""
    tasks: defaultdict[str, list[int]] = defaultdict(list)
    alone: list[str] = []
    for uid in uids:
        number, task = parts(uid)
        if task is None:
            alone.append(number)
        else:
            tasks[number].append(task)
    return [*alone, *[f"{number}.{run}" for number in tasks for run in _runs(tasks[number])]]


def _runs(tasks: list[int]) -> Iterator[str]:
    tasks = sorted(set(tasks))
    first = 0
    for i, task in enumerate(tasks):
        if i + 1 == len(tasks) or tasks[i + 1] != task + 1:
            yield str(task) if first == i else f"{tasks[first]}-{task}"
            first = i + 1
