"""What becomes of an attempt, as a test says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from xqute import Failure, FailureKind, InvalidType, InvalidValue, Usage

_SAID = "the script of the test says so"


class End(Enum):
    """How an attempt comes to its end."""

    #: By itself.
    ENDS = auto()
    #: Somebody kills it while it runs.
    KILLED = auto()
    #: Not at all, until it is killed.
    STAYS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one attempt; `succeeds`, `fails`, `killed` and `runs` make it.

    Attributes:
        end: How it comes to its end.
        rc: The exit status of the command, None when it leaves none.
        failure: Why it failed, when it leaves no exit status.
        stdout: What the command writes to its standard output.
        stderr: What it writes to its standard error.
        usage: What it has used, None for what can be seen from its files.
    """

    end: End = End.ENDS
    rc: int | None = 0
    failure: Failure | None = None
    stdout: str = ""
    stderr: str = ""
    usage: Usage | None = None


def succeeds(*, stdout: str = "", stderr: str = "", usage: Usage | None = None) -> Outcome:
    """The command ends with exit status 0."""
    return Outcome(stdout=stdout, stderr=stderr, usage=usage)


def fails(
    why: int | FailureKind = 1,
    detail: str = _SAID,
    *,
    stdout: str = "",
    stderr: str = "",
    usage: Usage | None = None,
) -> Outcome:
    """The attempt fails.

    Args:
        why: The exit status of the command, 128 + n for signal n; or what kind of failure it is,
            when there is no exit status: REJECTED on submission, NEVER_STARTED before it runs.
        detail: The `detail` of a failure without exit status.
        stdout: What the command writes to its standard output.
        stderr: What it writes to its standard error.
        usage: What it has used.

    Raises:
        InvalidType: `why` is neither.
        InvalidValue: It is an exit status that no failure has, or EXIT, which has one.
    """
    if isinstance(why, FailureKind):
        if why is FailureKind.EXIT:
            raise InvalidValue("a failure of kind EXIT has an exit status: fails(3)")
        failure = Failure(why, detail)
        return Outcome(rc=None, failure=failure, stdout=stdout, stderr=stderr, usage=usage)
    if type(why) is not int:
        raise InvalidType(f"a job fails with an exit status or a FailureKind, not {why!r}")
    if not 0 < why < 256:
        raise InvalidValue(f"the exit status of a job that fails is from 1 to 255, not {why}")
    return Outcome(rc=why, stdout=stdout, stderr=stderr, usage=usage)


def killed(*, stdout: str = "", stderr: str = "", usage: Usage | None = None) -> Outcome:
    """Somebody kills the job as soon as it runs; if a hook vetoes that, it succeeds."""
    return Outcome(end=End.KILLED, stdout=stdout, stderr=stderr, usage=usage)


def runs(*, stdout: str = "", stderr: str = "", usage: Usage | None = None) -> Outcome:
    """The job runs until it is killed, by the test or with the whole run; the others go on."""
    return Outcome(end=End.STAYS, stdout=stdout, stderr=stderr, usage=usage)
