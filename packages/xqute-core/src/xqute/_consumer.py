"""The one place that asks what follows, and does it: moves, hooks, effects."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio

from xqute._errors import Halted, RunEnded, XquteError
from xqute._killer import Killer
from xqute._plugins import Plugins, job_of_hook
from xqute._status import TERMINAL, JobStatus
from xqute._step import IGNORE, Decision, Effect, Ended, Held, Observed, step
from xqute._strategy import Strategy
from xqute._submitter import Submitter
from xqute._waiters import Waiters
from xqute._watcher import Watcher

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from xqute._job import Job
    from xqute._scheduler import Scheduler


class Consumer:
    """The jobs of one run: which of them wait, which run, and what is done next.

    Attributes:
        scheduler: The scheduler of the run.
        halted: What to raise at the end, when a job failed under the strategy 'halt'.
        ready: Set when jobs can be added.
        closing: Whether all that is left of `run` is that the scheduler closes.
    """

    def __init__(self, scheduler: Scheduler, plugins: Plugins, strategy: Strategy) -> None:
        """Make it; nothing runs before `run`."""
        self.scheduler = scheduler
        self.halted: Halted | None = None
        self.ready = asyncio.Event()
        self.closing = False
        self._plugins = plugins
        self._strategy = strategy
        # This is all the state of a run, besides that of its jobs, and what the submitter, the
        # watcher and the killer have to do. Submitted and not ended:
        self._active: dict[Job, None] = {}
        # Not accepted yet, or in flight, and to be killed as soon as they are not:
        self._kill_wanted: set[Job] = set()
        # Whose hooks are being called, and what was observed of them meanwhile:
        self._busy: dict[Job, deque[Observed | Ended]] = {}
        # Whether the run is over, with all jobs settled or without:
        self._over = False
        # Whether every job that would wait is cancelled instead:
        self._stopping = False
        # Whether a failure is about to stop all, once its hooks have returned:
        self._halting = False
        self._waiters = Waiters()
        self._tasks: TaskGroup | None = None
        self._submitter = Submitter(scheduler, self._free_slots, self._observe)
        self._killer = Killer(scheduler)
        self._watcher = Watcher(
            scheduler, self._active.keys(), self._observe, self._killer.put, self.start
        )

    # --- what plugins and producers see ---

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs that wait: for a slot, or for another attempt."""
        return self._submitter.waiting

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs that are with the scheduler."""
        return (*self._submitter.in_flight, *self._active)

    @property
    def over(self) -> bool:
        """Whether nothing more is done for any job, be it final or not."""
        return self._over

    @property
    def idle(self) -> bool:
        """Whether no job is open, or the run is over."""
        return self._waiters.idle.is_set()

    def stop(self) -> None:
        """Cancel all jobs that wait, and kill all that run, but for those whose plugins veto it."""
        self._stopping = True
        for job in (*self.waiting, *self.running):
            self._observe(job, Observed.KILL_WANTED)

    def is_settled(self, job: Job) -> bool:
        """Return whether the job is final and its hooks have returned, or the run is over."""
        return self._over or (job.status in TERMINAL and job not in self._busy)

    async def wait_for(self, job: Job) -> None:
        """Wait until the job is settled.

        Raises:
            RunEnded: The run ended, and the job is not final.
            XquteError: A hook of that very job waits.
        """
        if job_of_hook.get() is job:
            raise XquteError(f"a hook of {job!r} would wait for itself")
        if not self.is_settled(job):
            await self._waiters.wait_for(job)
        self._check_final(job)

    async def wait_idle(self) -> None:
        """Wait until every job is settled, or the run is over."""
        await self._waiters.idle.wait()

    async def kill(self, job: Job) -> bool:
        """Kill a job, and wait until it is gone; see `Job.kill`."""
        if self.is_settled(job):
            self._check_final(job)
            return False
        killed = self._waiters.kill_asked(job)
        self._observe(job, Observed.KILL_WANTED)
        if job_of_hook.get() is job:
            return True
        gone = await killed
        if self._over:
            self._check_final(job)
        return gone

    def listen(self, listener: Callable[[Job | None], None]) -> Callable[[], None]:
        """Have `listener` called with each job that settles; see `Waiters.listen`."""
        return self._waiters.listen(listener)

    # --- the life of the run ---

    async def run(self) -> None:
        """Submit, watch and kill until cancelled, or until the scheduler shows a defect."""
        try:
            await self.scheduler.start()
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                tasks.start_soon(self._submitter.run, name="xqute submitter")
                tasks.start_soon(self._watcher.run, name="xqute watcher")
                tasks.start_soon(self._killer.run, name="xqute killer")
                self.ready.set()
        finally:
            self.closing = True
            self.leave()
            with anyio.move_on_after(self.scheduler.call_timeout, shield=True):
                await self.scheduler.close()

    def leave(self) -> None:
        """Let go of all jobs as they are: whoever waits for one is told so."""
        self._over = True
        self.ready.set()
        self._waiters.leave()

    def start(self, function: Callable[..., object], *args: object) -> None:
        """Run a coroutine function as a task of this run, once it has begun."""
        if self._tasks is not None:
            self._tasks.start_soon(function, *args)  # type: ignore[arg-type]

    # --- jobs come in ---

    def opened(self) -> None:
        """One more job is on its way in: `add`, `collect` or `withdraw` follows."""
        self._waiters.opened()

    def add(self, job: Job, *, unsure: bool = False) -> None:
        """Take a job that is QUEUED; one that may be with the scheduler already is looked up."""
        if job.status is not JobStatus.QUEUED:
            return  # A hook has killed it meanwhile.
        if self._stopping or job in self._kill_wanted:
            self._observe(job, Observed.KILL_WANTED)
        elif unsure:
            self._submitter.put_unsure(job)
        else:
            self._submitter.put(job)

    def collect(self, job: Job) -> None:
        """Take a job that a former run has finished."""
        self._carry_out(job, Decision((JobStatus.FINISHED,), Effect.SETTLE))

    def withdraw(self, job: Job) -> None:
        """Take back a job whose push was cut short; one that is still INIT nobody has seen."""
        if job.status is JobStatus.INIT:
            self._kill_wanted.discard(job)
            self._waiters.closed(job)
        else:
            self._observe(job, Observed.KILL_WANTED)

    # --- observe, decide, act ---

    def _free_slots(self) -> int:
        if self._halting:
            return 0
        return self.scheduler.forks - len(self._active) - len(self._submitter.in_flight)

    def _observe(self, job: Job, seen: Observed | Ended) -> None:
        if isinstance(seen, Ended):
            self._attempt_over(job)
        if job in self._busy:
            self._busy[job].append(seen)
            return
        held = Held(
            job.status,
            in_flight=job in self._submitter.in_flight,
            kill_wanted=job in self._kill_wanted,
            retries_left=self._strategy.retries_left(job.trial_count),
        )
        decision = step(held, seen)
        if decision is IGNORE:
            return
        if isinstance(seen, Ended):
            job.rc, job.failure = seen.rc, seen.failure
            failed = decision.effect is Effect.SETTLE and decision.moves[-1:] == (JobStatus.FAILED,)
            self._halting |= failed and self._strategy.name == "halt"
        elif seen is Observed.SUBMITTED:
            # Now, not when its hooks have returned: from now on it has a slot.
            self._active[job] = None
            self._kill_wanted.discard(job)
            self._watcher.hurry()
        self._carry_out(job, decision)

    def _attempt_over(self, job: Job) -> None:
        self._active.pop(job, None)
        self._killer.discard(job)
        self._submitter.slot_freed()

    def _carry_out(self, job: Job, decision: Decision) -> None:
        """Make the moves, then the effect; from the first move that has hooks on, in a task."""
        moves = deque(decision.moves)
        while moves:
            if moves[0] in self._plugins.wanted:
                self._busy[job] = deque()
                self.start(self._carry_out_with_hooks, job, moves, decision.effect)
                return
            job.move(moves.popleft())
        self._perform(job, decision.effect)

    async def _carry_out_with_hooks(
        self, job: Job, moves: deque[JobStatus], effect: Effect
    ) -> None:
        for status in moves:
            if status is JobStatus.KILLING:
                if not await self._plugins.call_for(status, self.scheduler, job):
                    effect = Effect.NOTHING
                    self._waiters.answer_kills(job, killed=False)
                    break
                job.move(status)
            else:
                job.move(status)
                if status in self._plugins.wanted:
                    await self._plugins.call_for(status, self.scheduler, job)
        meanwhile = self._busy.pop(job)
        self._perform(job, effect)
        for seen in meanwhile:
            self._observe(job, seen)

    def _perform(self, job: Job, effect: Effect) -> None:
        if effect is Effect.KILL:
            self._killer.put(job)
            self._watcher.hurry()
        elif effect is Effect.KILL_LATER:
            self._kill_wanted.add(job)
        elif effect is Effect.SETTLE:
            self._settle(job)
        elif effect is not Effect.NOTHING and self._stopping:
            self._observe(job, Observed.KILL_WANTED)
        elif effect is Effect.ENQUEUE:
            self._submitter.put(job, first=True)
        elif effect is Effect.RETRY:
            delay = self._strategy.delay(job.trial_count)
            job.trial_count += 1
            job.uid, job.token = None, ""
            self._submitter.put_later(job, delay)

    def _settle(self, job: Job) -> None:
        self._kill_wanted.discard(job)
        if job.status is JobStatus.FAILED and self._strategy.name == "halt" and not self.halted:
            self.halted = Halted(job)
            self.stop()
        self._waiters.mark_settled(job)

    @staticmethod
    def _check_final(job: Job) -> None:
        if job.status not in TERMINAL:
            raise RunEnded(f"the run ended, and left {job!r} as it is")
