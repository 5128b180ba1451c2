"""Ranges of task ids are read and shown as Grid Engine does it."""

import pytest

from xqute_testing.gridengine.qmaster.commands._task_ranges import parse_range, show_ids


@pytest.mark.parametrize(
    ("ids", "shown"),
    [
        ([], ""),
        ([4], "4"),
        ([4, 5], "4,5"),
        ([4, 5, 6], "4-6:1"),
        ([1, 3, 4, 5, 6, 8, 9], "1,3-6:1,8,9"),
        ([1, 3, 5, 6], "1,3,5,6"),
        ([1, 3, 5], "1-5:2"),
        ([2, 6], "2,6"),
        ([1, 4, 5, 7, 8], "1,4,5,7,8"),
        ([*range(7, 50), *range(61, 101)], "7-49:1,61-100:1"),
    ],
)
def test_ids_are_shown_as_ranges(ids, shown):
    assert show_ids(ids) == shown


def test_ids_of_an_array_with_a_step_are_shown_with_it():
    assert show_ids([2, 4, 6, 8, 10], step=2) == "2-10:2"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("5", [5]),
        ("1-3", [1, 2, 3]),
        ("1-5:2", [1, 3, 5]),
        ("3-1", [1, 2, 3]),
        ("x", None),
        ("", None),
    ],
)
def test_ranges_are_read(text, ids):
    found = parse_range(text)
    assert (None if found is None else list(found)) == ids
