"""The decisions of a run: which moves and which effect follow from an observation of a job.

Nothing here waits, reads or writes, so that every case can be tested without an event loop. An
observation may come late or twice, or may not fit the state of the job any more. Then it is
ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from xqute._failure import Failure
from xqute._retry import Retry
from xqute._status import JobStatus


class Observed(Enum):
    """What can be observed of a job, apart from its end."""

    #: The scheduler has accepted it.
    SUBMITTED = auto()
    #: It has started.
    RUNNING = auto()
    #: It was not submitted, and has to wait for a slot again.
    UNSENT = auto()
    #: It is to be killed or cancelled.
    KILL_WANTED = auto()
    #: The delay before its next attempt is over.
    RETRY_DUE = auto()


class Ended(NamedTuple):
    """The observation that an attempt has ended.

    Attributes:
        rc: The exit status of the command; None if there is none.
        failure: Why the attempt failed; None if it did not fail.
        started: Whether the command was started.
    """

    rc: int | None
    failure: Failure | None = None
    started: bool = True


def _never(_failure: Failure) -> Retry | None:
    return None


class Held(NamedTuple):
    """What a decision needs to know about a job.

    Attributes:
        status: The state of the job.
        in_flight: Whether it was handed to the scheduler, which has not answered yet.
        kill_wanted: Whether it was to be killed earlier, when that was not yet possible.
        decide_retry: Asks the retry policy; returns None if the job is not retried. It is called
            once, and only if the attempt has failed.
    """

    status: JobStatus
    in_flight: bool = False
    kill_wanted: bool = False
    decide_retry: Callable[[Failure], Retry | None] = _never


class Effect(Enum):
    """What to do after the moves."""

    NOTHING = auto()
    #: Tell the scheduler to kill it.
    KILL = auto()
    #: Kill it as soon as the scheduler has accepted it, or cancel it if that fails.
    KILL_LATER = auto()
    #: Add it to the queue, where it waits for a slot.
    ENQUEUE = auto()
    #: Make another attempt after a delay.
    RETRY = auto()
    #: It is final. Tell all who wait for it.
    SETTLE = auto()


class Decision(NamedTuple):
    """What follows from an observation.

    Attributes:
        moves: The states to move to, in this order.
        effect: What to do after the moves.
        retry: The next attempt, if the effect is RETRY; otherwise None.
    """

    moves: tuple[JobStatus, ...] = ()
    effect: Effect = Effect.NOTHING
    retry: Retry | None = None


IGNORE = Decision()
_S = JobStatus


def step(held: Held, seen: Observed | Ended) -> Decision:
    """Return what follows from the observation `seen` for a job in the situation `held`."""
    if isinstance(seen, Ended):
        return _ended(held, seen)
    return _RULES[seen](held)


def _submitted(held: Held) -> Decision:
    if held.status is not _S.QUEUED:
        return IGNORE
    if held.kill_wanted:
        return Decision((_S.SUBMITTED, _S.KILLING), Effect.KILL)
    return Decision((_S.SUBMITTED,))


def _running(held: Held) -> Decision:
    return Decision((_S.RUNNING,)) if held.status is _S.SUBMITTED else IGNORE


def _unsent(held: Held) -> Decision:
    if held.status is not _S.QUEUED:
        return IGNORE
    if held.kill_wanted:
        return Decision((_S.CANCELLED,), Effect.SETTLE)
    return Decision((), Effect.ENQUEUE)


def _kill_wanted(held: Held) -> Decision:
    if held.status is _S.INIT or (held.status is _S.QUEUED and held.in_flight):
        return Decision((), Effect.KILL_LATER)
    if held.status in (_S.QUEUED, _S.RETRYING):
        return Decision((_S.CANCELLED,), Effect.SETTLE)
    if held.status in (_S.SUBMITTED, _S.RUNNING):
        return Decision((_S.KILLING,), Effect.KILL)
    return IGNORE


def _retry_due(held: Held) -> Decision:
    return Decision((_S.QUEUED,), Effect.ENQUEUE) if held.status is _S.RETRYING else IGNORE


def _ended(held: Held, end: Ended) -> Decision:
    if held.status is _S.KILLING:
        return Decision((_S.KILLED,), Effect.SETTLE)
    if held.status is _S.QUEUED and held.in_flight and held.kill_wanted:
        return Decision((_S.CANCELLED,), Effect.SETTLE)
    if held.status is _S.SUBMITTED:
        # A job may end before it was seen running. It has run all the same, so it makes that move.
        before: tuple[JobStatus, ...] = (_S.RUNNING,) if end.started else ()
    elif held.status is _S.RUNNING or (held.status is _S.QUEUED and held.in_flight):
        before = ()
    else:
        return IGNORE
    if end.failure is None:
        if held.status is _S.QUEUED:
            return IGNORE
        return Decision((*before, _S.FINISHED), Effect.SETTLE)
    if (retry := held.decide_retry(end.failure)) is not None:
        return Decision((*before, _S.FAILED, _S.RETRYING), Effect.RETRY, retry)
    return Decision((*before, _S.FAILED), Effect.SETTLE)


_RULES = {
    Observed.SUBMITTED: _submitted,
    Observed.RUNNING: _running,
    Observed.UNSENT: _unsent,
    Observed.KILL_WANTED: _kill_wanted,
    Observed.RETRY_DUE: _retry_due,
}
