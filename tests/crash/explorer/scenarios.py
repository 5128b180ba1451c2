"""Scenarios for controllers that are killed: jobs, options, actions, and the expected outcome."""

import os
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from xqute import JobStatus, Xqute

# Each job appends a line to the ledger when it begins and when it ends; `$0` is its index.
_BEGIN = 'echo "$0 begin" >>ledger; echo "of $0"; '
_END = '; echo "$0 end" >>ledger'
QUICK = f"{_BEGIN}:{_END}"
SLOW = f"{_BEGIN}sleep 0.2{_END}"
ENDLESS = f"{_BEGIN}exec sleep 300"
FAILS_ONCE = f'{_BEGIN}mkdir "tried.$0" 2>>tried && exit 1{_END}'
# Fails only after the next job has begun, so that there is a job to kill.
FAILS = f'{_BEGIN}until grep -q "1 begin" ledger; do sleep 0.01; done; exit 3'

#: What is done while the jobs run; the second argument says whether this is the last life.
During = Callable[[Xqute, bool], Coroutine[Any, Any, None]]


async def nothing(_xqute: Xqute, _last: bool) -> None:
    """Let the jobs run."""


async def kill_two(xqute: Xqute, _last: bool) -> None:
    """Kill one job that may just be starting, and one that runs."""
    starting, running = xqute.jobs[2], xqute.jobs[1]
    await starting.kill()
    while running.status is not JobStatus.RUNNING:  # noqa: ASYNC110  # as users do
        await anyio.sleep(0.005)
    await running.kill()


def signalled(number: signal.Signals) -> During:
    """Send the controller a signal as soon as a job runs; not in the last life."""

    async def during(xqute: Xqute, last: bool) -> None:
        if last:
            return
        while not any(job.status is JobStatus.RUNNING for job in xqute.jobs):  # noqa: ASYNC110
            await anyio.sleep(0.005)
        os.kill(os.getpid(), number)

    return during


@dataclass(frozen=True)
class Expected:
    """The expected outcome of a job.

    Attributes:
        status: The final states that are allowed.
        rc: Its exit status, unless it was killed.
        begun: How often it has begun; None if each life may kill it and the next run it again.
        ended: How often its command has ended by itself.
    """

    status: tuple[JobStatus, ...] = (JobStatus.FINISHED,)
    rc: int | None = 0
    begun: int | None = 1
    ended: int = 1


ONCE = Expected()
AGAIN = Expected(begun=2)
KILLED = Expected((JobStatus.KILLED, JobStatus.CANCELLED), None, begun=None, ended=0)
FAILED = Expected((JobStatus.FAILED,), 3, begun=None, ended=0)
AFTER_ALL = Expected(begun=None)


@dataclass(frozen=True)
class Scenario:
    """What controllers do, and what is expected of them.

    Attributes:
        jobs: The script of each job, and its expected outcome.
        options: Options of the producer, in addition to those of all scenarios.
        during: What is done while the jobs run.
        raised: The name of the exception that ends the last life.
        raised_before: The name of the exception that ends an earlier life that is not killed.
        leaves_jobs: Whether a life that is not killed leaves jobs running.
    """

    jobs: Sequence[tuple[str, Expected]]
    options: Mapping[str, Any] = field(default_factory=dict)
    during: During = nothing
    raised: str | None = None
    raised_before: str | None = None
    leaves_jobs: bool = False


SCENARIOS = {
    "plain": Scenario([(QUICK, ONCE), (SLOW, ONCE), (QUICK, ONCE)]),
    "single": Scenario([(QUICK, ONCE), (SLOW, ONCE)], {"scheduler_forks": 1}),
    "retry": Scenario(
        [(FAILS_ONCE, AGAIN), (QUICK, ONCE), (FAILS_ONCE, AGAIN)],
        {"job_error_strategy": "retry", "job_retry_delay": 0},
    ),
    "kill": Scenario(
        [(QUICK, ONCE), (ENDLESS, KILLED), (ENDLESS, KILLED)], {"scheduler_forks": 3}, kill_two
    ),
    "halt": Scenario(
        [(FAILS, FAILED), (ENDLESS, KILLED), (ENDLESS, KILLED)],
        {"job_error_strategy": "halt"},
        raised="Halted",
        raised_before="Halted",
    ),
    "detach": Scenario(
        [(SLOW, ONCE), (QUICK, ONCE), (SLOW, ONCE)],
        {"on_interrupt": "detach"},
        signalled(signal.SIGTERM),
        raised_before="SystemExit",
        leaves_jobs=True,
    ),
    "interrupt": Scenario(
        [(SLOW, AFTER_ALL), (QUICK, AFTER_ALL), (SLOW, AFTER_ALL)],
        {},
        signalled(signal.SIGINT),
        raised_before="KeyboardInterrupt",
    ),
}
