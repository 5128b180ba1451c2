"""The outcome of an attempt, as a test gives it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from xqute import Failure, FailureKind, InvalidType, InvalidValue, Usage

_SAID = "the script of the test says so"


class End(Enum):
    """How an attempt ends."""

    #: It ends by itself.
    ENDS = auto()
    #: It is killed while it runs.
    KILLED = auto()
    #: It runs until the test kills it.
    STAYS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one attempt; `succeeds`, `fails`, `killed` and `runs` make one.

    Attributes:
        end: How the attempt ends.
        rc: The exit status of the command, None if there is none.
        failure: Why the attempt failed, if there is no exit status.
        stdout: What the command writes to standard output.
        stderr: What the command writes to standard error.
        usage: What the attempt has used; None for the usage that its files show.
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
        why: The exit status of the command, 128 + n for signal n; or a failure kind, for a failure
            without an exit status. With REJECTED the submission fails, with NEVER_STARTED the job
            ends before it runs.
        detail: The `detail` of a failure without an exit status.
        stdout: What the command writes to standard output.
        stderr: What the command writes to standard error.
        usage: What the attempt has used.

    Raises:
        InvalidType: `why` is neither an exit status nor a failure kind.
        InvalidValue: `why` is 0 or above 255, or it is EXIT, which needs an exit status.
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
    """The job is killed as soon as it runs; if a hook vetoes that, it succeeds."""
    return Outcome(end=End.KILLED, stdout=stdout, stderr=stderr, usage=usage)


def runs(*, stdout: str = "", stderr: str = "", usage: Usage | None = None) -> Outcome:
    """The job runs until it is killed, by the test or with the whole run; other jobs go on."""
    return Outcome(end=End.STAYS, stdout=stdout, stderr=stderr, usage=usage)
