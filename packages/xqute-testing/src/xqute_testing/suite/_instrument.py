"""A subclass of the scheduler under test that records its calls and causes faults.

It overrides exactly the methods that core calls. So it works with any scheduler, however that
implements them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

from xqute import (
    InError,
    Job,
    QueueState,
    Scheduler,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
)
from xqute_testing.suite._contract import Promise

Outcome = str | SubmitFailed | SubmitDoubtful | SubmitRejected
_LOOK_AGAIN = 0.005
_NOTHING_ELSE = Promise("Scheduler", "a method raises nothing but what its docstring names")


class Abandoned(Exception):
    """Ends the run of a test that is over."""


@dataclass(slots=True)
class Instrument:
    """The recorded calls of a scheduler, and the faults to cause.

    Attributes:
        calls: How often core has called each method.
        uids: The index of each submitted job, and the id that the submission has returned.
        asked: The start and the end of each call of `job_states`, in seconds of a monotonic clock.
        abandoned: Whether every call ends the run.
        unreachable: Whether every call fails as if the system did not answer.
        doubtful: How many of the next submissions succeed, but are reported as doubtful.
        late: Called with a job that was submitted; its id is held back until this returns True.
        probe: Called with a job; returns a line of shell to insert at the top of its script, or
            None.
        defect: An exception that a method has raised against the contract. It ends the run.
    """

    calls: Counter[str] = field(default_factory=Counter)
    uids: list[tuple[int, str]] = field(default_factory=list)
    asked: list[tuple[float, float]] = field(default_factory=list)
    abandoned: bool = False
    unreachable: bool = False
    doubtful: int = 0
    late: Callable[[Job], bool] | None = None
    probe: Callable[[Job], str | None] | None = None
    defect: Exception | None = None

    @contextmanager
    def call(self, method: str) -> Iterator[None]:
        """Record a call of a method and its defect, or raise the error of a planned fault."""
        self.calls[method] += 1
        if self.abandoned:
            raise Abandoned
        if self.unreachable:
            raise SchedulerUnavailable("the conformance suite makes calls fail")
        try:
            yield
        except SchedulerUnavailable:
            raise
        except Exception as error:
            self.defect = error
            error.add_note(_NOTHING_ELSE.broken(f"this has ended the run, raised by {method}"))
            raise

    def insert_probe(self, job: Job) -> None:
        """Insert the probe into the script of a job, below its leading comments."""
        line = self.probe(job) if self.probe is not None else None
        if line is None:
            return
        lines = job.script_file.read_bytes().splitlines(keepends=True)
        head = next((i for i, text in enumerate(lines) if not text.startswith(b"#")), len(lines))
        lines.insert(head, f"{line}\n".encode("utf-8", "surrogateescape"))
        job.script_file.write_bytes(b"".join(lines))


def instrumented(
    scheduler: type[Scheduler], instrument: Instrument, settings: Mapping[str, Any]
) -> type[Scheduler]:
    """Return a subclass of a scheduler that records its calls and causes faults.

    Args:
        scheduler: The class under test.
        instrument: Where calls are recorded, and which faults to cause.
        settings: Attributes to set on the subclass.
    """

    class Instrumented(scheduler):  # type: ignore[valid-type, misc]
        async def submit_jobs(self, jobs: Sequence[Job]) -> AsyncIterator[tuple[Job, Outcome]]:
            if instrument.unreachable:
                for job in jobs:
                    yield job, SubmitFailed("the conformance suite makes calls fail")
                return
            with instrument.call("submit_jobs"):
                for job in jobs:
                    instrument.insert_probe(job)
                async with aclosing(super().submit_jobs(jobs)) as outcomes:
                    async for job, outcome in outcomes:
                        yield job, await _reported(job, outcome, instrument)

        async def kill_jobs(self, jobs: Sequence[Job]) -> None:
            with instrument.call("kill_jobs"):
                await super().kill_jobs(jobs)

        async def job_states(self, jobs: Collection[Job]) -> Mapping[Job, QueueState | InError]:
            with instrument.call("job_states"):
                began = time.monotonic()
                states: Mapping[Job, QueueState | InError] = await super().job_states(jobs)
                instrument.asked.append((began, time.monotonic()))
                return states

        async def find_jobs(self, jobs: Sequence[Job]) -> Mapping[Job, str]:
            with instrument.call("find_jobs"):
                found: Mapping[Job, str] = await super().find_jobs(jobs)
                return found

        #: Whether the scheduler itself has overridden find_jobs; the override above does not count.
        finds_by_name = property(lambda _: scheduler.find_jobs is not Scheduler.find_jobs)

    Instrumented.__name__ = Instrumented.__qualname__ = scheduler.__name__
    for name, value in settings.items():
        setattr(Instrumented, name, value)
    return Instrumented


async def _reported(job: Job, outcome: Outcome, instrument: Instrument) -> Outcome:
    if not isinstance(outcome, str):
        return outcome
    instrument.uids.append((job.index, outcome))
    if instrument.late is not None:
        end = time.monotonic() + 10
        while not instrument.late(job) and time.monotonic() < end:  # noqa: ASYNC110  # no event tells
            await anyio.sleep(_LOOK_AGAIN)
    if instrument.doubtful:
        instrument.doubtful -= 1
        return SubmitDoubtful("the conformance suite has dropped the answer")
    return outcome
