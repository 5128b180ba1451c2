"""The decision, for every state and every observation."""

from itertools import product

import pytest

from xqute import Failure, FailureKind, JobStatus, Retry
from xqute._status import MOVES, TERMINAL
from xqute._step import IGNORE, Decision, Effect, Ended, Held, Observed, step

S = JobStatus
EXIT = Failure(FailureKind.EXIT, "exit status 1")
REJECTED = Failure(FailureKind.REJECTED, "no such queue")
NEVER = Failure(FailureKind.NEVER_STARTED, "gone")
ENDS = (
    Ended(0),
    Ended(1, EXIT),
    Ended(None, NEVER, started=False),
    Ended(None, REJECTED, started=False),
)
AGAIN = Retry(0.5)


def not_again(failure):
    return None


def again(failure):
    return AGAIN


SEEN = (*Observed, *ENDS)
ALL_HELD = tuple(
    Held(status, in_flight, kill_wanted, decide_retry)
    for status, in_flight, kill_wanted, decide_retry in product(
        S, (False, True), (False, True), (not_again, again)
    )
)


@pytest.mark.parametrize("seen", SEEN, ids=str)
@pytest.mark.parametrize("held", ALL_HELD, ids=str)
def test_only_allowed_moves(held, seen):
    at = held.status
    decision = step(held, seen)
    for status in decision.moves:
        assert status in MOVES[at]
        at = status
    # Whoever waits is told if and only if the job has come to its end.
    assert (decision.effect is Effect.SETTLE) == (at in TERMINAL and bool(decision.moves))
    assert (decision.effect is Effect.RETRY) == (at is S.RETRYING and bool(decision.moves))


@pytest.mark.parametrize("seen", SEEN, ids=str)
@pytest.mark.parametrize("status", TERMINAL, ids=str)
def test_what_comes_too_late_is_ignored(status, seen):
    assert step(Held(status, decide_retry=again), seen) == IGNORE


@pytest.mark.parametrize("seen", SEEN, ids=str)
def test_of_a_job_that_is_not_accepted_only_a_kill_is_remembered(seen):
    later = Decision((), Effect.KILL_LATER) if seen is Observed.KILL_WANTED else IGNORE
    assert step(Held(S.INIT), seen) == later


@pytest.mark.parametrize(
    ("status", "seen", "moves"),
    [
        (S.QUEUED, Observed.SUBMITTED, (S.SUBMITTED,)),
        (S.SUBMITTED, Observed.RUNNING, (S.RUNNING,)),
        (S.RUNNING, Ended(0), (S.FINISHED,)),
        (S.RUNNING, Ended(1, EXIT), (S.FAILED,)),
        (S.KILLING, Ended(None), (S.KILLED,)),
        (S.KILLING, Ended(0), (S.KILLED,)),
        (S.KILLING, Ended(1, EXIT), (S.KILLED,)),
    ],
)
def test_the_common_moves(status, seen, moves):
    assert step(Held(status), seen).moves == moves


@pytest.mark.parametrize("status", [S.SUBMITTED, S.RUNNING, S.KILLING, S.FAILED, S.RETRYING])
def test_submitted_twice_is_ignored(status):
    assert step(Held(status), Observed.SUBMITTED) == IGNORE


@pytest.mark.parametrize("status", [S.QUEUED, S.RUNNING, S.KILLING, S.FAILED, S.RETRYING])
def test_running_twice_or_out_of_place_is_ignored(status):
    assert step(Held(status), Observed.RUNNING) == IGNORE


def test_a_job_too_quick_to_be_seen_running_has_run():
    assert step(Held(S.SUBMITTED), Ended(0)).moves == (S.RUNNING, S.FINISHED)
    assert step(Held(S.SUBMITTED), Ended(1, EXIT)).moves == (S.RUNNING, S.FAILED)


def test_a_job_that_never_started_has_not_run():
    assert step(Held(S.SUBMITTED), Ended(None, NEVER, started=False)).moves == (S.FAILED,)


def test_a_failure_is_retried_while_retries_are_left():
    retried = Decision((S.FAILED, S.RETRYING), Effect.RETRY, AGAIN)
    assert step(Held(S.RUNNING, decide_retry=again), Ended(1, EXIT)) == retried
    assert step(Held(S.RUNNING), Ended(1, EXIT)) == Decision((S.FAILED,), Effect.SETTLE)
    due = Decision((S.QUEUED,), Effect.ENQUEUE)
    assert step(Held(S.RETRYING), Observed.RETRY_DUE) == due


def test_a_failure_before_submission_is_retried_too():
    seen = Ended(None, NEVER, started=False)
    held = Held(S.QUEUED, in_flight=True, decide_retry=again)
    assert step(held, seen) == Decision((S.FAILED, S.RETRYING), Effect.RETRY, AGAIN)


def test_success_is_not_retried():
    assert step(Held(S.RUNNING, decide_retry=again), Ended(0)).moves == (S.FINISHED,)


def test_a_job_that_waits_is_cancelled():
    cancelled = Decision((S.CANCELLED,), Effect.SETTLE)
    assert step(Held(S.QUEUED), Observed.KILL_WANTED) == cancelled
    assert step(Held(S.RETRYING), Observed.KILL_WANTED) == cancelled


def test_a_submitted_job_is_killed_once():
    kill = Decision((S.KILLING,), Effect.KILL)
    assert step(Held(S.SUBMITTED), Observed.KILL_WANTED) == kill
    assert step(Held(S.RUNNING), Observed.KILL_WANTED) == kill
    assert step(Held(S.KILLING), Observed.KILL_WANTED) == IGNORE


@pytest.mark.parametrize(
    ("seen", "then"),
    [
        (Observed.SUBMITTED, Decision((S.SUBMITTED, S.KILLING), Effect.KILL)),
        (Observed.UNSENT, Decision((S.CANCELLED,), Effect.SETTLE)),
        (Ended(None, REJECTED, started=False), Decision((S.CANCELLED,), Effect.SETTLE)),
    ],
)
def test_a_kill_in_flight_waits_for_the_answer(seen, then):
    later = Decision((), Effect.KILL_LATER)
    assert step(Held(S.QUEUED, in_flight=True), Observed.KILL_WANTED) == later
    assert step(Held(S.QUEUED, in_flight=True, kill_wanted=True), seen) == then


@pytest.mark.parametrize("status", [S.SUBMITTED, S.RUNNING])
def test_only_a_kill_of_a_job_without_an_id_waits_for_the_answer(status):
    kill = Decision((S.KILLING,), Effect.KILL)
    assert step(Held(status, in_flight=True), Observed.KILL_WANTED) == kill


def test_what_could_not_be_sent_waits_again():
    held = Held(S.QUEUED, in_flight=True)
    assert step(held, Observed.UNSENT) == Decision((), Effect.ENQUEUE)


def test_an_end_of_a_job_that_only_waits_is_ignored():
    for end, kill_wanted in product(ENDS, (False, True)):
        held = Held(S.QUEUED, kill_wanted=kill_wanted, decide_retry=again)
        assert step(held, end) == IGNORE
