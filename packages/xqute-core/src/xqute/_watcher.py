"""What the scheduler says of jobs that were submitted, and when it is asked."""

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
    """Asks the scheduler for the states of jobs, and tells what it has seen."""

    def __init__(
        self,
        scheduler: Scheduler[Any],
        records: Records,
        observe: Callable[[JobRecord, Observed | Ended], None],
        kill: Callable[[JobRecord], None],
        spawn: Callable[..., None],
    ) -> None:
        """Hold what is needed.

        Args:
            scheduler: Whom to ask.
            records: The records of the run; `submitted` has the jobs that are watched.
            observe: Is told what was seen of a job.
            kill: Is told of jobs that the scheduler is to be rid of.
            spawn: Runs a coroutine function as a task.
        """
        self._scheduler = scheduler
        self._records = records
        self._observe = observe
        self._kill = kill
        self._wake = asyncio.Event()
        self._ending = Ending(scheduler, records, observe, spawn, self._wake.set)
        self._interval = PollInterval(scheduler)
        # Whether the last query had no answer: then the scheduler is asked again, be there news or
        # not.
        self._unanswered = False

    def hurry(self) -> None:
        """Ask at short intervals again: a job was just submitted or killed."""
        if self._scheduler.polls:
            self._interval.shorten()
            self._wake.set()
        else:
            # It may have told of the job before submit_job returned the id: ask again.
            self._scheduler.changed.set()

    async def run(self) -> None:
        """Watch, for ever."""
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
        # A scheduler that polls waits for an answer, and jobs come and go meanwhile.
        jobs: Collection[Job] = tuple(submitted) if self._scheduler.polls else submitted.keys()
        try:
            with call_limit(self._scheduler, len(jobs)):
                states = await self._scheduler.job_states(jobs)
        except SchedulerUnavailable as error:
            self._unanswered = True
            self._interval.unanswered()
            logger.warning(
                "scheduler %r can't be asked, next try in %.1f s: %s",
                self._scheduler.name, self._interval.seconds, error,
            )  # fmt: skip
        else:
            self._unanswered = False
            changed = self._see(states)
            self._interval.answered(changed=changed, took=time.monotonic() - began)
        self._interval.asked()

    # --- when to ask ---

    async def _wait_until_due(self) -> None:
        """Wait until the scheduler has news, or a query is due."""
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

    # --- what was seen ---

    def _see(self, states: Mapping[Job, QueueState | InError]) -> bool:
        """Take an answer, and return whether it told of a change."""
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
    """Wait for the first of several events."""
    async with anyio.create_task_group() as tasks:

        async def wait(event: asyncio.Event) -> None:
            await event.wait()
            tasks.cancel_scope.cancel()

        for event in events:
            tasks.start_soon(wait, event)
