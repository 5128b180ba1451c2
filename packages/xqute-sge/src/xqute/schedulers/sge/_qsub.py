"""Reading what qsub prints: an id, a refusal, or an error after which the job is in doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xqute import SubmitDoubtful, SubmitFailed, SubmitRejected
from xqute.schedulers.sge._commands import CommandResult

# With -terse it prints `17` or `17.1-5:1`. A command that a site has put in the place of qsub may
# print the usual sentence instead.
_ID = re.compile(
    r"^(?:Your job(?:-array)? )?(\d+)(?:\.\d+-\d+:\d+)?(?: \(.*)?$", re.MULTILINE | re.ASCII
)

# The exit status of qsub for "try again later", as when there are too many jobs.
_TRY_AGAIN = 25

# Errors after which nothing was submitted, and which may pass.
_PASSING = re.compile(
    r"connection refused|unable to initialize environment|jobs are allowed per"
    r"|can't resolve host name|no route to host|network is unreachable",
    re.IGNORECASE,
)
# Errors of the communication, after which the job may have been submitted or not.
_IN_DOUBT = re.compile(
    r"gdi request|send message|got (send|read|select) |timeout|timed out|commlib|communication"
    r"|contact qmaster",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"^(unable to run job|unable to read script file|qsub:)", re.IGNORECASE | re.MULTILINE
)
# The exit statuses of qsub for options that it can't use, and for scripts that it can't read.
_REFUSALS = frozenset({2, 4, 7, 14})

_TOO_MANY_TASKS = re.compile(r"job with more than ([0-9]{1,9}) tasks")


@dataclass(frozen=True, slots=True)
class TaskLimit:
    """An array was refused because it has more tasks than the site allows.

    Attributes:
        tasks: The number of tasks that the site allows.
    """

    tasks: int


def parse_outcome(
    result: CommandResult,
) -> str | TaskLimit | SubmitFailed | SubmitDoubtful | SubmitRejected:
    """Return the number of the job that qsub has submitted, or why there is none."""
    ids = _ID.findall(result.stdout)
    if result.exit_status == 0 and ids:
        return str(ids[-1])
    message = f"qsub: {result.message}"
    if result.exit_status <= 0 or ids:
        return SubmitDoubtful(message)
    limit = _TOO_MANY_TASKS.search(result.stderr)
    if limit is not None and int(limit[1]) > 1:
        return TaskLimit(int(limit[1]))
    if result.exit_status == _TRY_AGAIN or _PASSING.search(result.stderr):
        return SubmitFailed(message)
    if _IN_DOUBT.search(result.stderr):
        return SubmitDoubtful(message)
    if result.exit_status in _REFUSALS or _REFUSED.search(result.stderr):
        return SubmitRejected(message)
    return SubmitDoubtful(message)
