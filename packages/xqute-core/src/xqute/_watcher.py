"""Status queries: when they are made, and what follows from the answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import anyio

from xqute._call_limit import call_limit
from xqute._ending import Ending
from xqute._errors import SchedulerUnavailable
from xqute._job import Job
from xqute._poll_interval import PollInterval
from xqute._queue_state import InError, QueueState
from xqute._records import JobRecord, Records
from xqute._scheduler import Scheduler
from xqute._status import JobStatus
from xqute._step import Ended, Observed

logger = logging.getLogger("xqute")


class Watcher:
    """Makes status queries, and reports what it has observed."""

    def __init__(
        self,
        scheduler: Scheduler[Any],
        records: Records,
        observe: Callable[[JobRecord, Observed | Ended], None],
        kill: Callable[[JobRecord], None],
        spawn: Callable[..., None],
    ) -> None:
        """Create a watcher. `run` starts it.

        Args:
            scheduler: The scheduler that is asked.
            records: The records of the run. `submitted` contains the jobs to watch.
            observe: Called with each observation of a job.
            kill: Called with each job in error, to remove it from the scheduler.
            spawn: Runs a coroutine function as a task of the run.
        """
        self._scheduler = scheduler
        self._records = records
        self._observe = observe
        self._kill = kill
        self._wake = asyncio.Event()
        self._ending = Ending(scheduler, records, observe, spawn, self._wake.set)
        self._interval = PollInterval(scheduler)
        # Whether the last query had no answer. Then it is repeated, even if `changed` is not set.
        self._unanswered = False

    def hurry(self) -> None:
        """Return to short intervals, since a job was just submitted or killed."""
        if self._scheduler.polls:
            self._interval.shorten()
            self._wake.set()
        else:
            # The scheduler may have reported the job before submit_job returned its id: ask again.
            self._scheduler.changed.set()

    async def run(self) -> None:
        """Watch jobs until cancelled."""
        while True:
            await self._wait_until_due()
            if not self._records.submitted:
                continue
            await self._ask()
            if self._records.gone:
                await self._ending.conclude()

    async def _ask(self) -> None:
        began = time.monotonic()
        submitted = self._records.submitted
        # A scheduler that polls gets a copy, since jobs come and go while it waits for an answer.
        jobs: Collection[Job] = tuple(submitted) if self._scheduler.polls else submitted.keys()
        try:
            with call_limit(self._scheduler, len(jobs)):
                states = await self._scheduler.job_states(jobs)
        except SchedulerUnavailable as error:
            self._unanswered = True
            self._interval.unanswered()
            logger.warning(
                "scheduler %r does not answer, next try in %.1f s: %s",
                self._scheduler.name, self._interval.seconds, error,
            )  # fmt: skip
        else:
            self._unanswered = False
            changed = self._see(states)
            self._interval.answered(changed=changed, took=time.monotonic() - began)
        self._interval.asked()

    # --- when to ask ---

    async def _wait_until_due(self) -> None:
        """Wait until `changed` is set or a query is due."""
        changed = self._scheduler.changed
        while not changed.is_set():
            due = self._due()
            if due is None and not self._scheduler.polls:
                await changed.wait()
            elif due is None:
                await _first_of(changed, self._wake)
            elif (left := due - time.monotonic()) > 0:
                with anyio.move_on_after(left):
                    await _first_of(changed, self._wake)
            else:
                break
            self._wake.clear()
        changed.clear()

    def _due(self) -> float | None:
        dues = [] if (due := self._ending.due) is None else [due]
        if self._records.submitted and (self._scheduler.polls or self._unanswered):
            dues.append(self._interval.due)
        return min(dues, default=None)

    # --- the answers ---

    def _see(self, states: Mapping[Job, QueueState | InError]) -> bool:
        """Process the answer to a query, and return whether a job has changed its state."""
        changed = False
        for job, state in states.items():
            record = self._records.submitted.get(job)
            if record is None or record.submission is None:
                continue
            if state is QueueState.GONE:
                changed |= self._records.mark_gone(record, time.monotonic())
                continue
            self._records.mark_present(record)
            if isinstance(state, InError):
                changed |= record.submission.error is None
                record.submission.error = state.reason
                self._kill(record)
            elif state is QueueState.RUNNING:
                record.submission.error = None
                changed |= job.status is JobStatus.SUBMITTED
                self._observe(record, Observed.RUNNING)
        return changed


async def _first_of(*events: asyncio.Event) -> None:
    """Wait until one of several events is set."""
    async with anyio.create_task_group() as tasks:

        async def wait(event: asyncio.Event) -> None:
            await event.wait()
            tasks.cancel_scope.cancel()

        for event in events:
            tasks.start_soon(wait, event)
