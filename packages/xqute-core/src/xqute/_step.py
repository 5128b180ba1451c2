"""The decision: what is held and what was observed in; moves and an effect out.

Nothing here waits, reads or writes, so that every case can be tested without an event loop. An
observation may come late, twice, or make no sense where the job is by now: then nothing happens.
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

    #: The scheduler has it.
    SUBMITTED = auto()
    #: It has started.
    RUNNING = auto()
    #: It could not be sent, and waits again.
    UNSENT = auto()
    #: Somebody wants it killed.
    KILL_WANTED = auto()
    #: The delay before another attempt is over.
    RETRY_DUE = auto()


class Ended(NamedTuple):
    """The attempt is over.

    Attributes:
        rc: The exit status of the command, None where there was none.
        failure: Why it failed; None when it did not.
        started: Whether the command had been started.
    """

    rc: int | None
    failure: Failure | None = None
    started: bool = True


def _never(_failure: Failure) -> Retry | None:
    return None


class Held(NamedTuple):
    """What is held of a job, as far as decisions need it.

    Attributes:
        status: Where it is.
        in_flight: It was handed to the scheduler, which has not answered yet.
        kill_wanted: Somebody wanted it killed when that had to wait.
        decide_retry: The retry policy: returns how a job that has failed is tried again, None when
            it is not. It is called only when the attempt has failed, and once.
    """

    status: JobStatus
    in_flight: bool = False
    kill_wanted: bool = False
    decide_retry: Callable[[Failure], Retry | None] = _never


class Effect(Enum):
    """What is to be done once the moves are made."""

    NOTHING = auto()
    #: Tell the scheduler to kill it.
    KILL = auto()
    #: Kill it as soon as it is accepted, or no longer in flight.
    KILL_LATER = auto()
    #: Put it where it waits for a slot.
    ENQUEUE = auto()
    #: Try again after a delay.
    RETRY = auto()
    #: It is final: tell whoever waits for it.
    SETTLE = auto()


class Decision(NamedTuple):
    """What follows from an observation.

    Attributes:
        moves: The states to move to, in this order.
        effect: What is to be done after the moves.
        retry: How it is tried again, when that is the effect.
    """

    moves: tuple[JobStatus, ...] = ()
    effect: Effect = Effect.NOTHING
    retry: Retry | None = None


IGNORE = Decision()
_S = JobStatus


def step(held: Held, seen: Observed | Ended) -> Decision:
    """Return what follows when `seen` is observed of a job that is as `held` says."""
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
        # A job too quick to be seen running ran all the same, and its hooks are owed that move.
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
