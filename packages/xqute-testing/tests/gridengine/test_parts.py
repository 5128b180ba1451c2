"""The parts of the fake that are plain functions."""

import pytest

from xqute_testing.gridengine._wire import Unpacker, pack
from xqute_testing.gridengine.qmaster._clock import Clock
from xqute_testing.gridengine.qmaster._resources import amount
from xqute_testing.gridengine.qmaster.commands._script_options import directives
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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("#$ -N name -h", ["-N", "name", "-h"]),
        ("#$-N name", ["-N", "name"]),
        ("#$ -v 'a b' \"c d\"e", ["-v", "a b", "c de"]),
        ("#$ -N name # -h", ["-N", "name"]),
        ("#$ -N na#me", ["-N", "na#me"]),
        (" #$ -N name", []),
        ("##$ -N name", []),
        ("#$", []),
    ],
)
def test_directives_are_read(line, words):
    assert directives(f"#!/bin/sh\n{line}\necho\n", "#$") == words


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("TIME", "90", 90),
        ("TIME", "1:02:03", 3723),
        ("TIME", "1:30", None),
        ("TIME", "5s", None),
        ("MEMORY", "1K", 1024),
        ("MEMORY", "1k", 1000),
        ("MEMORY", "1.5G", 1.5 * 2**30),
        ("MEMORY", "5GB", None),
        ("MEMORY", "INFINITY", float("inf")),
        ("INT", "x", None),
    ],
)
def test_amounts_are_read(kind, text, value):
    assert amount(kind, text) == value


def test_what_is_due_is_done_in_its_order_and_at_its_time():
    clock, done = Clock(), []
    clock.stop()
    begin = clock.now()
    clock.call_in(20, lambda: done.append(("late", clock.now() - begin)))
    clock.call_in(10, lambda: done.append(("soon", clock.now() - begin)))
    clock.call_in(15, lambda: done.append("never")).cancel()
    assert clock.wait() is None
    clock.advance(25)
    assert done == [("soon", pytest.approx(10)), ("late", pytest.approx(20))]
    assert clock.now() == begin + 25


def test_values_come_whole_however_they_arrive():
    data = pack(["a", {"b": 1}]) + pack("c\udcff")
    for size in (1, 3, len(data)):
        unpacker = Unpacker()
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        assert [value for part in parts for value in unpacker.feed(part)] == [
            ["a", {"b": 1}],
            "c\udcff",
        ]
