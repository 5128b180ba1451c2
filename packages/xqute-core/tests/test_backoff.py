"""Delays that grow."""

from types import SimpleNamespace

from xqute._backoff import Backoff


def test_delays_double_up_to_the_longest():
    backoff = Backoff(SimpleNamespace(first_backoff=0.5, longest_backoff=3.0))
    assert [backoff.next() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_reset_begins_anew():
    backoff = Backoff(SimpleNamespace(first_backoff=0.5, longest_backoff=3.0))
    assert [backoff.next(), backoff.next()] == [0.5, 1.0]
    backoff.reset()
    assert backoff.next() == 0.5
