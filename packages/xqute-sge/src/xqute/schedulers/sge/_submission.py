"""What qsub says: an id, a refusal, or something from which nobody can tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xqute import SubmitDoubtful, SubmitFailed, SubmitRejected
from xqute.schedulers.sge._commands import Answer

# With -terse `17` or `17.1-5:1`; a command that stands in for qsub may print the usual sentence.
_ID = re.compile(
    r"^(?:Your job(?:-array)? )?(\d+)(?:\.\d+-\d+:\d+)?(?: \(.*)?$", re.MULTILINE | re.ASCII
)

# The exit status for "try again later", as when there are too many jobs.
_AGAIN = 25

# Nothing was sent, or what was sent was refused for now.
_PASSING = re.compile(
    r"connection refused|unable to initialize environment|jobs are allowed per"
    r"|can't resolve host name|no route to host|network is unreachable",
    re.IGNORECASE,
)
# It was sent, and what became of it is not known.
_IN_DOUBT = re.compile(
    r"gdi request|send message|got (send|read|select) |timeout|timed out|commlib|communication"
    r"|contact qmaster",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"^(unable to run job|unable to read script file|qsub:)", re.IGNORECASE | re.MULTILINE
)
# The exit statuses of qsub for options it can't use, and for scripts it can't read.
_REFUSALS = frozenset({2, 4, 7, 14})

_TOO_MANY = re.compile(r"job with more than ([0-9]{1,9}) tasks")


@dataclass(frozen=True, slots=True)
class TaskLimit:
    """An array was refused because it has more tasks than the site allows.

    Attributes:
        tasks: How many are allowed.
    """

    tasks: int


def read_answer(
    answer: Answer,
) -> str | TaskLimit | SubmitFailed | SubmitDoubtful | SubmitRejected:
    """Return the number of the job, or what hindered it."""
    ids = _ID.findall(answer.stdout)
    if answer.code == 0 and ids:
        return str(ids[-1])
    said = f"qsub: {answer.text}"
    if answer.code <= 0 or ids:
        return SubmitDoubtful(said)
    if (limit := _TOO_MANY.search(answer.stderr)) is not None and int(limit[1]) > 1:
        return TaskLimit(int(limit[1]))
    if answer.code == _AGAIN or _PASSING.search(answer.stderr):
        return SubmitFailed(said)
    if _IN_DOUBT.search(answer.stderr):
        return SubmitDoubtful(said)
    if answer.code in _REFUSALS or _REFUSED.search(answer.stderr):
        return SubmitRejected(said)
    return SubmitDoubtful(said)
