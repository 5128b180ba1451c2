"""What a run holds of its open jobs, and in which of the mappings each is."""

import dataclasses

import pytest

from xqute._records import Records

pytestmark = pytest.mark.anyio
SOME = ("in_flight", "in_doubt", "submitted", "gone", "to_kill")


@pytest.fixture
def records():
    return Records()


@pytest.fixture
def record(records):
    """The record of a job that was just opened; any object may stand for the job."""
    return records.add("job")


def found_in(records):
    return {name for name in SOME if getattr(records, name)}


def test_an_open_job_is_nowhere_else(records, record):
    assert records.open == {"job": record}
    assert found_in(records) == set()
    assert not record.in_flight


def test_nothing_is_known_of_an_open_job(record):
    assert record.submission is record.observed is record.waiters is None
    assert record.kill_wanted is False


def test_nothing_is_known_of_a_submission(records, record):
    assert dataclasses.astuple(records.hand_over(record)) == (
        False, None, False, None, None, None, False
    )  # fmt: skip


def test_one_that_is_handed_over_is_in_flight(records, record):
    records.hand_over(record)
    assert found_in(records) == {"in_flight"}
    assert record.in_flight


def test_one_in_doubt_is_in_flight_too(records, record):
    submission = records.hand_over(record)
    records.doubt(record, 1.5)
    assert found_in(records) == {"in_flight", "in_doubt"}
    assert record.submission is submission
    assert submission.in_doubt_since == 1.5


def test_one_that_a_former_run_left_may_be_in_doubt_at_once(records, record):
    records.doubt(record, 1.5)
    assert found_in(records) == {"in_flight", "in_doubt"}


def test_one_that_is_accepted_is_submitted_alone(records, record):
    records.doubt(record, 1.5)
    record.kill_wanted = True
    records.accept(record)
    assert found_in(records) == {"submitted"}
    assert (record.in_flight, record.kill_wanted) == (False, False)
    assert record.submission.in_doubt_since is None


def test_what_was_handed_over_is_kept_when_it_is_accepted(records, record):
    submission = records.hand_over(record)
    records.accept(record)
    assert record.submission is submission


def test_it_is_news_once_that_one_is_gone(records, record):
    assert records.mark_gone(record, 1.0) is False
    records.accept(record)
    assert records.mark_gone(record, 2.0)
    assert not records.mark_gone(record, 3.0)
    assert record.submission.gone_since == 2.0
    assert found_in(records) == {"submitted", "gone"}


def test_one_that_comes_back_is_not_gone(records, record):
    records.mark_present(record)
    records.accept(record)
    records.mark_gone(record, 0.0)
    records.mark_present(record)
    assert found_in(records) == {"submitted"}
    assert records.mark_gone(record, 3.0)


def test_it_is_news_once_that_one_is_to_be_killed(records, record):
    assert records.want_killed(record) is False
    records.accept(record)
    assert records.want_killed(record)
    assert not records.want_killed(record)
    assert record.submission.kill_due == 0.0
    assert found_in(records) == {"submitted", "to_kill"}


def test_one_that_leaves_the_scheduler_is_nowhere_else(records, record):
    records.doubt(record, 1.0)
    records.accept(record)
    records.mark_gone(record, 2.0)
    records.want_killed(record)
    records.leave_scheduler(record)
    assert found_in(records) == set()
    assert record.submission is None
    assert records.open == {"job": record}


def test_one_that_is_closed_is_nowhere(records, record):
    records.accept(record)
    records.remove(record)
    assert found_in(records) == set()
    assert records.open == {}


async def test_whoever_waits_joins_those_who_wait(records, record):
    assert record.waiters is None
    assert record.wait() is record.wait()


async def test_those_who_wanted_it_killed_are_told_once(records, record):
    class Future:
        def __init__(self, *results):
            self.results = list(results)

        def done(self):
            return bool(self.results)

        def set_result(self, result):
            self.results.append(result)

    record.answer_kills(killed=True)
    waits, cancelled = Future(), Future("cancelled")
    record.wait().killed.extend([waits, cancelled])
    record.answer_kills(killed=True)
    record.answer_kills(killed=False)
    assert (waits.results, cancelled.results) == ([True], ["cancelled"])
    assert record.waiters.killed == []
