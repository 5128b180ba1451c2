"""The scheduler that runs no processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, cast

from xqute import (
    Account,
    FailureKind,
    InError,
    InvalidValue,
    Job,
    JobStatus,
    QueueState,
    RunEnded,
    Scheduler,
    SubmitRejected,
    Usage,
)
from xqute_testing.scripted._job import ScriptedJob
from xqute_testing.scripted._options import check_order, check_script
from xqute_testing.scripted._outcome import End, Outcome, succeeds
from xqute_testing.scripted._turns import Turns


class ScriptedScheduler(Scheduler):
    """Runs no processes: jobs end at once, one after the other, as the test says.

    The next job starts when the one before is settled.

    It has two options: `script` maps indexes of jobs to outcomes; `order` lists the indexes of the
    jobs that go first, in this order, before the others go by index.
    """

    name: ClassVar[str] = "scripted"
    job_class = ScriptedJob
    own_options: ClassVar[Mapping[str, Any]] = MappingProxyType({"script": {}, "order": ()})
    non_identity_options: ClassVar[frozenset[str]] = frozenset({"script", "order"})
    polls: ClassVar[bool] = False
    shared_files: ClassVar[bool] = False
    result_grace: float = 0.0
    #: Seconds to wait for a job of the order that is not pushed, before the run ends with an error.
    longest_wait: float = 10.0

    def check_option(self, name: str, value: Any) -> Any:
        """Check the script and the order.

        Raises:
            InvalidType: A value has the wrong type.
            InvalidValue: A job is twice in the order, or an option is unknown.
        """
        if name == "script":
            return check_script(value)
        if name == "order":
            return check_order(value)
        return super().check_option(name, value)

    async def start(self) -> None:
        """Start without any jobs."""
        self._turns = Turns(self.options["order"], self.forks)
        self._jobs: dict[int, ScriptedJob] = {}
        self._outcomes: dict[Job, Outcome] = {}
        # Jobs that it kills because the script says so, and jobs that it was told to kill.
        self._victims: set[Job] = set()
        self._killed: set[Job] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waits_since: float | None = None

    async def close(self) -> None:
        """Stop following jobs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- the contract ---

    async def submit_job(self, job: Job) -> str:
        """Take a job, and return its index and the number of the attempt as its id."""
        if job.index not in self._jobs:
            self._jobs[job.index] = cast(ScriptedJob, job)
            self._start(self._finish(job))
        outcome = self._outcomes[job] = self._outcome(job)
        if _fails_as(outcome, FailureKind.REJECTED):
            raise SubmitRejected(outcome.failure.detail if outcome.failure else "")
        self._turns.come(job.index)
        return f"{job.index}.{job.trial_count + 1}"

    def _outcome(self, job: Job) -> Outcome:
        outcomes: Outcome | Sequence[Outcome] = self.options["script"].get(job.index, ())
        if isinstance(outcomes, Outcome):
            return outcomes
        return outcomes[job.trial_count] if job.trial_count < len(outcomes) else succeeds()

    async def kill_job(self, job: Job) -> None:
        """End a job."""
        self._killed.add(job)
        self.changed.set()

    async def job_is_running(self, job: Job) -> bool:
        """Return whether the scheduler has the job."""
        return self._turns.has(job.index)

    async def job_states(self, jobs: Collection[Job]) -> Mapping[Job, QueueState | InError]:
        """End jobs that were killed, and take the next step of the job whose turn it is."""
        states: dict[Job, QueueState | InError] = {}
        for job in self._killed.intersection(jobs):
            states[job] = self._gone(job)
        self._take_turns(jobs, states)
        self._look_at_the_clock()
        return states

    async def accounts(self, jobs: Sequence[Job]) -> Mapping[Job, Account]:
        """Return the failures and the usage of jobs, as the test gives them."""
        outcomes = {job: self._outcomes[job] for job in jobs if job in self._outcomes}
        return {job: Account(how.failure, how.usage) for job, how in outcomes.items()}

    def usage(self, job: Job) -> Usage | None:
        """Return the usage that the test gives, or else the one that the files show."""
        outcome = self._outcomes.get(job)
        return outcome.usage if outcome and outcome.usage else super().usage(job)

    # --- one step after the other ---

    def _take_turns(self, jobs: Collection[Job], states: dict[Job, QueueState | InError]) -> None:
        index = self._turns.whose()
        if index is not None and self._jobs[index].status is JobStatus.RETRYING:
            self._turns.retry(index)
        while (index := self._turns.whose()) is not None:
            job = self._jobs[index]
            if job in jobs and self._stays(job):
                self._turns.stay(index)
                continue
            if job in jobs and job not in states:
                states[job] = self._step(job, self._outcomes[job])
            return

    def _stays(self, job: Job) -> bool:
        return job.status is JobStatus.RUNNING and self._outcomes[job].end is End.STAYS

    def _step(self, job: ScriptedJob, outcome: Outcome) -> QueueState:
        if job.status is JobStatus.KILLING:
            return QueueState.RUNNING
        if job.status is not JobStatus.RUNNING and not _fails_as(
            outcome, FailureKind.NEVER_STARTED
        ):
            job.begin(outcome)
            return QueueState.RUNNING
        if outcome.end is End.KILLED:
            if job not in self._victims:
                self._victims.add(job)
                self._start(self._kill(job))
            return QueueState.RUNNING
        job.end(outcome)
        return self._gone(job)

    def _gone(self, job: Job) -> QueueState:
        self._killed.discard(job)
        self._turns.leave(job.index)
        return QueueState.GONE

    # --- what it waits for ---

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, job: Job) -> None:
        """Wait until a job is settled, then give the turn to another one."""
        with contextlib.suppress(RunEnded):
            await job.wait()
            self._turns.finish(job.index)
            self.changed.set()

    async def _kill(self, job: Job) -> None:
        with contextlib.suppress(RunEnded):
            if not await job.kill():
                self._outcomes[job] = succeeds()
                self.changed.set()

    def _look_at_the_clock(self) -> None:
        loop = asyncio.get_running_loop()
        if self._turns.awaited is None:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = loop.time()
            loop.call_later(self.longest_wait, self.changed.set)
        elif loop.time() - self._waits_since >= self.longest_wait:
            raise InvalidValue(
                f"job {self._turns.awaited} is to go first, and was not submitted within "
                f"{self.longest_wait:g} s"
            )


def _fails_as(outcome: Outcome, kind: FailureKind) -> bool:
    return outcome.failure is not None and outcome.failure.kind is kind
