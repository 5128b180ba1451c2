"""The consumer: takes observations of jobs, decides what follows, and carries it out.

All moves of all jobs are made here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import anyio
from anyio.abc import TaskGroup

from xqute._attempt import Attempt
from xqute._errors import RunEnded, XquteError
from xqute._failure import Failure
from xqute._halted import Halted
from xqute._hook_context import job_of_hook
from xqute._job import Job
from xqute._killer import Killer
from xqute._phase import Phase, RunState
from xqute._records import JobRecord, Records
from xqute._retry import Retry, RetryPolicy
from xqute._scheduler import Scheduler
from xqute._status import TERMINAL, JobStatus
from xqute._step import IGNORE, Decision, Effect, Ended, Held, Observed, step
from xqute._submitter import Submitter
from xqute._watcher import Watcher

logger = logging.getLogger("xqute")


class MoveHooks(Protocol):
    """What the consumer needs of the plugins.

    Attributes:
        wanted: The states for which a plugin has a hook.
    """

    wanted: frozenset[JobStatus]

    async def ask_to_kill(self, scheduler: Scheduler[Any], job: Job) -> bool:
        """Call `on_job_killing`, and return whether the job may be killed."""

    async def tell_move(
        self, scheduler: Scheduler[Any], job: Job, before: JobStatus, after: JobStatus
    ) -> None:
        """Call the hooks for a move that was just made."""

    def report(self, error: Exception) -> None:
        """Keep an exception that has harmed no job, to raise it at the end of the run."""


class Consumer:
    """The open jobs of one run, and what happens to them. Hooks get it as `consumer`.

    All that is held of a job is in its record. How far the run has come is in `state`.

    Attributes:
        scheduler: The scheduler of the run.
        state: The phase of the run, and the reason why it ends.
        ready: Set when the scheduler has started and jobs can be added, or when that has failed.
        idle: Set while no job is open, and when the run is over.
    """

    def __init__(
        self,
        scheduler: Scheduler[Any],
        hooks: MoveHooks,
        policy: RetryPolicy,
        state: RunState,
    ) -> None:
        """Create a consumer. `run` starts it.

        Args:
            scheduler: The scheduler of the run.
            hooks: The plugins of the run.
            policy: Decides whether a job that has failed is retried.
            state: The phase of the run. The consumer advances it.
        """
        self.scheduler = scheduler
        self.state = state
        self.ready = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self._hooks = hooks
        self._policy = policy
        self._records = Records()
        self._listeners: list[Callable[[Job | None], None]] = []
        self._tasks: TaskGroup | None = None
        self._killer = Killer(scheduler, self._records)
        self._submitter = Submitter(scheduler, self._records, self._free_slots, self._observe)
        self._watcher = Watcher(
            scheduler, self._records, self._observe, self._killer.put, self.spawn
        )

    # --- what plugins and the producer use ---

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs that wait for a slot or for their next attempt."""
        return self._submitter.waiting

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs that the scheduler has, or that are being submitted."""
        return (*self._records.in_flight, *self._records.submitted)

    def stop(self) -> None:
        """Cancel all jobs that wait, and kill all that run, unless a plugin vetoes that.

        Called in the event loop. It does not wait for the end of the jobs.
        """
        self.state.advance(Phase.STOPPING)
        for job in (*self.waiting, *self.running):
            self._observe(self._records.open[job], Observed.KILL_WANTED)

    def is_settled(self, job: Job) -> bool:
        """Return whether the job is final and its hooks have returned, or the run is over."""
        if self.state.over:
            return True
        record = self._records.open.get(job)
        return job.status in TERMINAL and (record is None or record.observed is None)

    async def wait_for(self, job: Job) -> None:
        """Wait until the job is settled.

        Raises:
            RunEnded: The run has ended, and the job is not final.
            XquteError: It is called in a hook of this job, which would wait for itself.
        """
        if job_of_hook.get() is job:
            raise XquteError(f"a hook of {job!r} can't wait for that job: it would wait for itself")
        record = self._records.open.get(job)
        if record is not None and not self.is_settled(job):
            await record.wait().settled.wait()
        self._check_final(job)

    async def wait_idle(self) -> None:
        """Wait until every job is settled, or the run is over."""
        await self.idle.wait()

    async def kill(self, job: Job) -> bool:
        """Kill a job, and wait until it is gone. See `Job.kill`."""
        record = self._records.open.get(job)
        if record is None or self.is_settled(job):
            self._check_final(job)
            return False
        killed = record.expect_kill()
        self._observe(record, Observed.KILL_WANTED)
        if job_of_hook.get() is job:
            return True
        gone = await killed
        if self.state.over:
            self._check_final(job)
        return gone

    async def kill_all(self) -> int:
        """Kill all open jobs, and wait until they are gone; see `Xqute.kill_all`."""
        if self.state.over:
            return 0
        own = job_of_hook.get()
        killed = []
        for record in tuple(self._records.open.values()):
            if record.job is not own:
                killed.append(record.expect_kill())
            self._observe(record, Observed.KILL_WANTED)
        return sum([await answer for answer in killed])

    def listen(self, listener: Callable[[Job | None], None]) -> Callable[[], None]:
        """Call `listener` with each job that is settled, and with None when the run is over.

        Returns:
            A function that removes the listener.
        """
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    def slots_changed(self) -> None:
        """Submit jobs if there are free slots, since `Scheduler.forks` has changed."""
        self._submitter.slot_freed()

    # --- the life of the run ---

    async def run(self) -> None:
        """Submit, watch and kill jobs until cancelled.

        Raises:
            Exception: What the scheduler raised, if it has a defect.
        """
        self.state.advance(Phase.STARTING)
        try:
            await self.scheduler.start()
        except BaseException:
            self.abandon()
            self.state.advance(Phase.CLOSING)
            raise
        try:
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                tasks.start_soon(self._submitter.run, name="xqute submitter")
                tasks.start_soon(self._watcher.run, name="xqute watcher")
                tasks.start_soon(self._killer.run, name="xqute killer")
                self.state.advance(Phase.RUNNING)
                self.ready.set()
        except BaseException as error:
            await self._close_scheduler(only_one(error))
            raise

    async def _close_scheduler(self, cause: BaseException) -> None:
        self.abandon()
        self.state.advance(Phase.CLOSING)
        with anyio.move_on_after(self.scheduler.call_timeout, shield=True):
            try:
                await self.scheduler.close()
            except Exception as error:
                # This error must not hide the one that has ended the run.
                if not isinstance(cause, Exception):
                    raise
                cause.add_note(f"afterwards the scheduler could not be closed: {error!r}")

    def abandon(self) -> None:
        """Leave all jobs as they are, and wake all who wait for one."""
        self.state.advance(Phase.OVER)
        self.ready.set()
        self.idle.set()
        for record in self._records.open.values():
            record.answer_kills(killed=False)
            if record.waiters is not None:
                record.waiters.settled.set()
        for listener in self._listeners:
            listener(None)

    def spawn(self, function: Callable[..., object], *args: object) -> None:
        """Run a coroutine function as a task of this run. Do nothing if the run has not begun."""
        if self._tasks is not None:
            self._tasks.start_soon(function, *args)  # type: ignore[arg-type]

    # --- new jobs ---

    def open(self, job: Job) -> JobRecord:
        """Add a record for a job that is pushed. Call `collect`, `enqueue` or `withdraw` next."""
        self.idle.clear()
        return self._records.add(job)

    def collect(self, record: JobRecord) -> None:
        """Finish a job that a former run has finished already."""
        self._carry_out(record, Decision((JobStatus.FINISHED,), Effect.SETTLE))

    async def enqueue(self, record: JobRecord, *, in_doubt: bool = False) -> None:
        """Call the hooks for QUEUED, then let the job wait for a slot.

        Args:
            record: The record of a job that was just pushed.
            in_doubt: Whether the scheduler may have the job already. Then it is looked up first.
        """
        job = record.job
        before = self._move(job, JobStatus.QUEUED)
        if job.status in self._hooks.wanted:
            await self._hooks.tell_move(self.scheduler, job, before, job.status)
        if job.status is not JobStatus.QUEUED:
            return  # A hook has killed the job meanwhile.
        if self.state.phase >= Phase.STOPPING or record.kill_wanted:
            self._observe(record, Observed.KILL_WANTED)
        elif in_doubt:
            self._submitter.put_in_doubt(record)
        else:
            self._submitter.put(record)

    def withdraw(self, record: JobRecord) -> None:
        """Withdraw a job whose push failed or was cancelled.

        A job that is still INIT is forgotten, since it was not queued yet. Any other is killed.
        """
        if record.job.status is JobStatus.INIT:
            self._close(record)
        else:
            self._observe(record, Observed.KILL_WANTED)

    # --- observe, decide, act ---

    def _free_slots(self) -> int:
        if self.state.phase >= Phase.HALTING:
            return 0
        records = self._records
        return self.scheduler.forks - len(records.submitted) - len(records.in_flight)

    def _observe(self, record: JobRecord, seen: Observed | Ended) -> None:
        in_flight = record.in_flight
        if isinstance(seen, Ended) or (seen is Observed.UNSENT and in_flight):
            self._records.leave_scheduler(record)
            self._submitter.slot_freed()
        if record.observed is not None:
            record.observed.append(seen)
            return
        attempt = record.job.attempt
        held = Held(
            record.job.status,
            in_flight=in_flight,
            kill_wanted=record.kill_wanted,
            decide_retry=partial(self._decide_retry, record.job, seen),
        )
        decision = step(held, seen)
        if decision is IGNORE:
            return
        ended = None
        if isinstance(seen, Ended):
            ended = attempt.ended(seen.rc, seen.failure)
            # The retry policy has seen the attempt as ended. The hooks of RUNNING, which may still
            # have to be called, must not.
            record.job.attempt = attempt
            if self._policy.halts and self._fails_for_good(decision):
                self.state.advance(Phase.HALTING)
        elif seen is Observed.SUBMITTED:
            # This does not wait for the hooks, since the job has a slot from now on.
            self._records.accept(record)
            self._watcher.hurry()
        self._carry_out(record, decision, ended)

    def _decide_retry(self, job: Job, seen: Observed | Ended, failure: Failure) -> Retry | None:
        """Ask the retry policy. It may be a user's own, so its errors must harm no other job."""
        if isinstance(seen, Ended):
            job.attempt = job.attempt.ended(seen.rc, failure)
        try:
            retry = self._policy.decide(job, failure)
            if retry is None:
                return None
            if not isinstance(retry, Retry):
                raise XquteError(f"a retry policy must return a Retry or None, not {retry!r}")
            self.scheduler.check_options(retry.options)
        except Exception as error:
            error.add_note(f"raised when the retry policy was asked about {job!r}")
            logger.exception("the retry policy failed, so %r is not retried", job)
            self._hooks.report(error)
            return None
        return retry

    @staticmethod
    def _fails_for_good(decision: Decision) -> bool:
        return decision.effect is Effect.SETTLE and decision.moves[-1:] == (JobStatus.FAILED,)

    @staticmethod
    def _move(job: Job, status: JobStatus, ended: Attempt | None = None) -> JobStatus:
        """Make a move, and return the state before it.

        Args:
            job: The job.
            status: The state to move to.
            ended: The attempt after its end. The job gets it with the move to a final state.
        """
        before = job.status
        if ended is not None and status in TERMINAL:
            job.attempt = ended
        job.move(status)
        return before

    def _carry_out(
        self, record: JobRecord, decision: Decision, ended: Attempt | None = None
    ) -> None:
        """Make the moves, then the effect. From the first move with hooks on, a task does that."""
        moves = deque(decision.moves)
        while moves:
            if moves[0] in self._hooks.wanted:
                record.observed = deque()
                self.spawn(self._carry_out_with_hooks, record, moves, decision, ended)
                return
            self._move(record.job, moves.popleft(), ended)
        self._perform(record, decision)

    async def _carry_out_with_hooks(
        self,
        record: JobRecord,
        moves: deque[JobStatus],
        decision: Decision,
        ended: Attempt | None,
    ) -> None:
        job = record.job
        for status in moves:
            if status is JobStatus.KILLING and not await self._hooks.ask_to_kill(
                self.scheduler, job
            ):
                decision = Decision()
                record.answer_kills(killed=False)
                break
            before = self._move(job, status, ended)
            if status in self._hooks.wanted:
                await self._hooks.tell_move(self.scheduler, job, before, status)
        meanwhile, record.observed = record.observed, None
        self._perform(record, decision)
        for seen in meanwhile or ():
            self._observe(record, seen)

    def _perform(self, record: JobRecord, decision: Decision) -> None:
        effect = decision.effect
        if effect is Effect.KILL:
            self._killer.put(record)
            self._watcher.hurry()
        elif effect is Effect.KILL_LATER:
            record.kill_wanted = True
        elif effect is Effect.SETTLE:
            self._settle(record)
        elif effect is not Effect.NOTHING and self.state.phase >= Phase.STOPPING:
            self._observe(record, Observed.KILL_WANTED)
        elif effect is Effect.ENQUEUE:
            self._submitter.put(record, first=True)
        elif decision.retry is not None:
            job, retry = record.job, decision.retry
            job.attempt = job.attempt.next(
                self.scheduler.check_options(retry.options), retry.options
            )
            self._submitter.put_later(record, retry.delay)

    def _settle(self, record: JobRecord) -> None:
        job = record.job
        if self._policy.halts and job.status is JobStatus.FAILED and not self.state.halted:
            self.state.halted = Halted(job)
            self.stop()
        self.state.count(job)
        if record.waiters is not None:
            record.waiters.settled.set()
        for listener in self._listeners:
            listener(job)
        self._close(record)

    def _close(self, record: JobRecord) -> None:
        killed = record.job.status in (JobStatus.KILLED, JobStatus.CANCELLED)
        record.answer_kills(killed=killed)
        self._records.remove(record)
        if not self._records.open:
            self.idle.set()

    @staticmethod
    def _check_final(job: Job) -> None:
        if job.status not in TERMINAL:
            raise RunEnded(f"the run has ended, and left {job!r} as it is")


def only_one(error: BaseException) -> BaseException:
    """Return the only exception in a group of one, as a task group makes it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
