"""Reads ranges of task ids, and shows them as Grid Engine does."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RANGE = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?\Z", re.ASCII)


def parse_range(text: str) -> range | None:
    """Return the ids of `5`, `1-9` or `1-9:2`, None if the text is no range."""
    match = _RANGE.match(text)
    if not match:
        return None
    first, last, step = match.groups()
    start, stop = int(first), int(last or first)
    if start > stop:
        start, stop = stop, start
    return range(start, stop + 1, max(1, int(step or 1)))


def show_range(ids: range) -> str:
    """Return a range in its full form: `1-9:2`."""
    return f"{ids.start}-{ids.stop - 1}:{ids.step}"


def show_ids(ids: Iterable[int], step: int = 1) -> str:
    """Return ids in ascending order as Grid Engine shows them: `1,3-6:1,8,9`.

    Three or more ids at equal distances become a range; one or two are listed. First, ids at the
    distance `step` are joined. Then neighbours are joined from the left where that is possible.
    """
    ranges: list[range] = []
    for number in ids:
        if ranges and ranges[-1].stop - 1 + step == number:
            ranges[-1] = range(ranges[-1].start, number + 1, step)
        else:
            ranges.append(range(number, number + 1, step))
    joined: list[range] = []
    for right in ranges:
        both = _joined(joined[-1], right) if joined else None
        if both is None:
            joined.append(right)
        else:
            joined[-1] = both
    return ",".join(_show(part) for part in joined)


def _joined(left: range, right: range) -> range | None:
    """Join two ranges, at least one of which is a single id; None if that is not possible."""
    if len(right) > 1 and (len(left) > 1 or right.start - right.step != left.start):
        return None
    if len(right) > 1:
        return range(left.start, right.stop, right.step)
    if len(left) > 1 and left[-1] + left.step != right.start:
        return None
    step = left.step if len(left) > 1 else right.start - left.start
    return range(left.start, right.stop, step)


def _show(ids: range) -> str:
    return show_range(ids) if len(ids) > 2 else ",".join(map(str, ids))
