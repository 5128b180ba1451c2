"""The order in which jobs get a slot."""

from types import SimpleNamespace

import pytest

from xqute import JobStatus
from xqute._queue import Queue
from xqute._records import JobRecord

S = JobStatus


@pytest.fixture
def queue():
    return Queue()


def waiting(index, status=S.QUEUED):
    return JobRecord(SimpleNamespace(index=index, status=status))


def indexes(records):
    return [record.job.index for record in records]


def test_an_empty_queue(queue):
    assert not queue
    assert (queue.waiting, queue.next_due) == ((), None)
    assert (queue.take(9), list(queue.due(9.0))) == ([], [])


def test_first_come_first_served(queue):
    for index in range(3):
        queue.put(waiting(index))
    assert queue
    assert indexes(queue.take(3)) == [0, 1, 2]
    assert not queue


@pytest.mark.parametrize("most", [-1, 0, 1, 2, 3, 4])
def test_no_more_are_taken_than_there_are_slots(queue, most):
    for index in range(3):
        queue.put(waiting(index))
    assert indexes(queue.take(most)) == [0, 1, 2][: max(most, 0)]
    assert indexes(queue.take(9)) == [0, 1, 2][max(most, 0) :]


def test_those_that_had_a_slot_before_go_first_in_their_order(queue):
    queue.put(waiting(0))
    queue.put(waiting(1), first=True)
    queue.put(waiting(2))
    queue.put(waiting(3), first=True)
    assert [job.index for job in queue.waiting] == [1, 3, 0, 2]
    assert indexes(queue.take(9)) == [1, 3, 0, 2]


def test_there_is_one_that_may_get_a_slot_whichever_way_it_came(queue):
    queue.put(waiting(0), first=True)
    assert queue
    queue.take(1)
    queue.put(waiting(1))
    assert queue


def test_a_cancelled_job_takes_no_slot_and_does_not_wait(queue):
    for index, status in enumerate([S.CANCELLED, S.QUEUED, S.CANCELLED, S.QUEUED]):
        queue.put(waiting(index, status))
    assert [job.index for job in queue.waiting] == [1, 3]
    assert indexes(queue.take(2)) == [1, 3]


def test_one_that_is_held_back_waits_and_gets_no_slot(queue):
    queue.put_later(waiting(0, S.RETRYING), 5.0)
    queue.put_later(waiting(1, S.CANCELLED), 5.0)
    assert not queue
    assert [job.index for job in queue.waiting] == [0]
    assert queue.take(9) == []


def test_those_that_wait_for_a_slot_are_before_those_that_are_held_back(queue):
    queue.put_later(waiting(0, S.RETRYING), 5.0)
    queue.put(waiting(1))
    assert [job.index for job in queue.waiting] == [1, 0]


def test_delays_end_in_order_and_each_to_the_moment(queue):
    for index, due in enumerate([5.0, 3.0, 4.0]):
        queue.put_later(waiting(index, S.RETRYING), due)
    assert queue.next_due == 3.0
    assert list(queue.due(2.9)) == []
    assert indexes(queue.due(3.0)) == [1]
    assert queue.next_due == 4.0
    assert indexes(queue.due(9.0)) == [2, 0]
    assert queue.next_due is None


def test_delays_that_end_together_end_in_the_order_of_pushes(queue):
    for index in (2, 0, 1):
        queue.put_later(waiting(index, S.RETRYING), 5.0)
    assert indexes(queue.due(5.0)) == [0, 1, 2]
