"""How often a scheduler is asked."""

import time
from types import SimpleNamespace

import pytest

from xqute._poll_interval import PollInterval


@pytest.fixture
def interval():
    return PollInterval(SimpleNamespace(min_interval=1.0, max_interval=10.0))


def after(interval, *answers):
    """Return the intervals after answers, each with whether it told of a change."""
    seconds = []
    for changed in answers:
        interval.answered(changed=changed, took=0.0)
        seconds.append(interval.seconds)
    return seconds


def test_it_grows_while_nothing_changes_up_to_the_longest(interval):
    assert interval.seconds == 1.0
    assert after(interval, *[False] * 7) == [1.5, 2.25, 3.375, 5.0625, 7.59375, 10.0, 10.0]


def test_it_is_the_shortest_again_after_a_change(interval):
    assert after(interval, False, False, True, False) == [1.5, 2.25, 1.0, 1.5]


def test_it_is_the_shortest_again_after_a_submission(interval):
    after(interval, False, False)
    interval.shorten()
    assert interval.seconds == 1.0


def test_without_an_answer_it_doubles_up_to_the_longest(interval):
    seconds = []
    for _ in range(5):
        interval.unanswered()
        seconds.append(interval.seconds)
    assert seconds == [2.0, 4.0, 8.0, 10.0, 10.0]


@pytest.mark.parametrize(
    ("changed", "took", "seconds"),
    [(True, 0.1, 1.0), (True, 1.0, 5.0), (False, 0.1, 1.5), (False, 1.0, 5.0), (False, 4.0, 20.0)],
)
def test_queries_take_at_most_a_fifth_of_the_time(interval, changed, took, seconds):
    interval.answered(changed=changed, took=took)
    assert interval.seconds == seconds


def test_a_change_of_the_bounds_has_effect():
    scheduler = SimpleNamespace(min_interval=1.0, max_interval=10.0)
    interval = PollInterval(scheduler)
    scheduler.min_interval, scheduler.max_interval = 2.0, 2.5
    assert after(interval, False, False, False) == [1.5, 2.25, 2.5]
    interval.shorten()
    assert interval.seconds == 2.0


def test_the_next_query_is_due_an_interval_after_the_end_of_the_last(interval, monkeypatch):
    assert interval.due == 1.0
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    interval.asked()
    assert interval.due == 101.0
    after(interval, False)
    assert interval.due == 101.5
