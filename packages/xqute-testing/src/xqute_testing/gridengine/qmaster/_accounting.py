"""The accounting file: a record for each time that a task ended, or could not be started."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ._clock import Clock
from ._config import Config
from ._job import Task
from ._submission import Submission

# The values of the field `failed` (see "failed" in sge_accounting(5)).
ENDED = 0
HOST_LOST = 19
RESCHEDULED = 25
NO_OUTPUT = 26
NO_PROGRAM = 27
NO_FOLDER = 28
SAID_ERROR = 30
OVER_LIMIT = 37
KILLED = 100


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ended.

    Attributes:
        failed: Why it failed, one of the values above.
        exit_status: Its exit status; 128 plus the number of the signal that killed it.
        usage: What it used, None if that is not known.
        ended: When it ended, in seconds since the epoch; 0 if it was not started, or if that is
            not known.
    """

    failed: int
    exit_status: int = 0
    usage: resource.struct_rusage | None = None
    ended: float = 0.0


class Accounting:
    """Writes the accounting file; a test may have records come late, or not at all."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        # Seconds from the end of a task until its record is written.
        self._delay = 0.0
        # The jobs whose records are not written; None stands for every job.
        self._lost: set[int | None] = set()

    def set_delay(self, seconds: float) -> None:
        """Write records that many seconds after the end of a task."""
        self._delay = seconds

    def lose(self, job_id: int | None) -> None:
        """Write no record of a job, or none of any job if it is None."""
        self._lost.add(job_id)

    def write(self, task: Task, ending: Ending, *, submitted: float | None = None) -> None:
        """Write the record of a task; `submitted` replaces the time when it was queued."""
        if self._lost & {None, task.job.id}:
            return
        line = self._line(task, ending, task.queued if submitted is None else submitted)
        if self._delay > 0:
            self._clock.call_in(self._delay, self._appending(line))
        else:
            self._append(line)

    def _appending(self, line: str) -> Callable[[], None]:
        return lambda: self._append(line)

    def _append(self, line: str) -> None:
        os.makedirs(os.path.dirname(self._config.accounting_file), exist_ok=True)
        with open(self._config.accounting_file, "a", errors="surrogateescape") as file:
            file.write(line)

    def _line(self, task: Task, ending: Ending, submitted: float) -> str:
        job = task.job
        began = task.started if ending.ended else 0.0
        pe = job.submission.pe
        fields: list[object] = [
            self._config.queue,
            task.host or self._config.hosts[0],
            self._config.group,
            self._config.user,
            job.name,
            job.id,
            job.submission.account or "sge",
            job.priority,
            int(submitted),
            int(began),
            int(ending.ended),
            ending.failed,
            ending.exit_status,
            int(ending.ended) - int(began),
            *_usage(ending.usage),
            job.submission.project or "NONE",
            "defaultdepartment",
            pe[0] if pe else "NONE",
            job.slots,
            task.id if job.is_array else 0,
            f"{_cpu(ending.usage):f}",
            "0.000000",
            "0.000000",
            _category(job.submission),
            "0.000000",
            "NONE",
            f"{_memory(ending, began):f}",
            0,
            0,
        ]
        return ":".join(map(str, fields)) + "\n"


# Fields 15 to 31. Those whose name ends with a point here are written with decimals.
_USAGE = (
    *("utime.", "stime.", "maxrss.", "ixrss", "ismrss", "idrss", "isrss", "minflt", "majflt"),
    *("nswap", "inblock.", "oublock", "msgsnd", "msgrcv", "nsignals", "nvcsw", "nivcsw"),
)


def _usage(usage: resource.struct_rusage | None) -> Iterator[str]:
    for name in _USAGE:
        value = getattr(usage, f"ru_{name.rstrip('.')}", 0)
        yield f"{float(value):f}" if name.endswith(".") else str(value)


def _cpu(usage: resource.struct_rusage | None) -> float:
    return usage.ru_utime + usage.ru_stime if usage else 0.0


def _category(submission: Submission) -> str:
    """Return the requests that decide where a job may run, as options of qsub."""
    parts = []
    if submission.queues:
        parts.append("-q " + ",".join(submission.queues))
    if submission.resources:
        requests = sorted(submission.resources.items())
        parts.append("-l " + ",".join(f"{name}={value or 'TRUE'}" for name, value in requests))
    if submission.pe:
        name, least, most = submission.pe
        parts.append(f"-pe {name} {least}" + (f"-{most}" if most != least else ""))
    return " ".join(parts) or "NONE"


def _memory(ending: Ending, began: float) -> float:
    # An execd measures once a second, so it sees nothing of a job that ends sooner.
    if ending.usage is None or ending.ended - began < 1:
        return 0.0
    return float(ending.usage.ru_maxrss * 1024)
