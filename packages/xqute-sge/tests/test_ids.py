"""Ids of jobs and tasks, and lists of them."""

from hypothesis import given
from hypothesis import strategies as st

from xqute.schedulers.sge import _ids


def test_a_job_alone_is_no_task():
    assert _ids.split("17") == ("17", None)
    assert _ids.split("17.3") == ("17", 3)


def test_lists_of_ranges_are_read_as_qstat_prints_them():
    assert list(_ids.expand_ranges("4-100:1")) == list(range(4, 101))
    assert list(_ids.expand_ranges("7-49:1,61-62:1")) == [*range(7, 50), 61, 62]
    assert list(_ids.expand_ranges("1,3-6:1,8,9")) == [1, 3, 4, 5, 6, 8, 9]
    assert list(_ids.expand_ranges("2-10:2")) == [2, 4, 6, 8, 10]


def test_neighbours_are_compressed():
    uids = ["5", "6.3", "6.1", "7.1", "6.2", "6.9", "8"]
    assert _ids.compress(uids) == ["5", "8", "6.1-3", "6.9", "7.1"]
    assert _ids.compress([]) == []


@given(st.sets(st.integers(1, 60), min_size=1))
def test_nothing_is_lost_in_ranges(tasks):
    words = _ids.compress([f"1.{task}" for task in tasks])
    ranges = [word.split(".")[1] for word in words]
    assert [task for item in ranges for task in _ids.expand_ranges(item)] == sorted(tasks)
