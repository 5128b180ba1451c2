"""The scheduler `sge`: few commands for many jobs."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import anyio

from xqute import (
    Account,
    Claim,
    InError,
    Job,
    QueueState,
    Scheduler,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
    Usage,
)
from xqute.schedulers.sge import _accounts, _array
from xqute.schedulers.sge._cell import COMMANDS, Cell
from xqute.schedulers.sge._commands import find
from xqute.schedulers.sge._job import SgeJob
from xqute.schedulers.sge._options import PREFIX, check, check_shell
from xqute.schedulers.sge._states import Queue, is_error, state
from xqute.schedulers.sge._submission import TaskLimit

logger = logging.getLogger("xqute")

# As an array that has more tasks than the site allows, or a list of jobs and why one is in error.
_COMMANDS_IN_A_CALL = 5


class SgeScheduler(Scheduler[SgeJob]):
    """Runs jobs on Grid Engine. Those of equal options that are due together become an array.

    Attributes:
        max_tasks: How many jobs go into one array at most; falls to what the site allows.
    """

    name: ClassVar[str] = "sge"
    job_class = SgeJob
    own_options: ClassVar[Mapping[str, Any]] = MappingProxyType({name: name for name in COMMANDS})
    non_identity_options: ClassVar[frozenset[str]] = frozenset({"kill_grace", *COMMANDS})
    min_interval: float = 2.5
    max_interval: float = 15.0
    submit_interval: float = 2.5
    # Unless somebody has set it otherwise, Grid Engine writes its accounts 15 s late.
    result_grace: float = 20.0
    max_tasks: int = 10_000

    def __init__(self, metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options and find the commands; see `Scheduler`."""
        super().__init__(metadir, forks, options)
        commands = {name: find(name, self.options[name]) for name in COMMANDS}
        self.options = {**self.options, **commands}
        self._cell = Cell(commands, metadir)
        # What was told of each id the last time, for only changes to be told.
        self._told: dict[str, QueueState | InError] = {}
        # Of these there may be two copies, and the id may be that of the idle one.
        self._doubtful: set[Job] = set()

    @property
    def command_limit(self) -> float:
        """Seconds that one command may take; a call may need several within `call_timeout`."""
        return self.call_timeout / _COMMANDS_IN_A_CALL

    def check_option(self, name: str, value: Any) -> Any:
        """Return the value in the form that is kept: directives, or the path of a command."""
        if name in COMMANDS:
            return find(name, value)
        if name.startswith(PREFIX):
            return check(name, value)
        checked = super().check_option(name, value)
        return check_shell(checked) if name == "shell" else checked

    async def close(self) -> None:
        """Remove what former runs have left of arrays, as far as they are settled by now."""
        try:
            await anyio.to_thread.run_sync(_array.remove_settled, self.job_metadir)
        except OSError as error:
            logger.warning("scripts of arrays can't be removed: %s", error)

    # --- submitting ---

    async def submit_job(self, job: SgeJob) -> str:
        """Submit one job."""
        async for _, outcome in self.submit_jobs([job]):
            if isinstance(outcome, str):
                return outcome
            raise outcome
        raise AssertionError("each job has an outcome")

    async def submit_jobs(
        self, jobs: Sequence[SgeJob]
    ) -> AsyncIterator[tuple[SgeJob, str | SubmitFailed | SubmitDoubtful | SubmitRejected]]:
        """Submit jobs of equal options together; after a failure nothing more is sent for now."""
        groups = deque(self._groups(jobs))
        failed: SubmitFailed | SubmitDoubtful | None = None
        while groups:
            group = groups.popleft()
            if failed is not None:
                for job in group:
                    yield job, SubmitFailed(str(failed))
                continue
            if len(group) > self.max_tasks:
                groups.appendleft(group[self.max_tasks :])
                group = group[: self.max_tasks]
            name = _array.new_name(group) if len(group) > 1 else None
            outcome = await self._submit(name, group)
            if isinstance(outcome, TaskLimit):
                self.max_tasks = min(outcome.tasks, len(group) - 1)
                groups.appendleft(group)
                continue
            if isinstance(outcome, SubmitFailed | SubmitDoubtful):
                failed = outcome
            if isinstance(outcome, SubmitDoubtful):
                self._doubtful.update(group)
            for task, job in enumerate(group, 1):
                is_task = name is not None and isinstance(outcome, str)
                yield job, f"{outcome}.{task}" if is_task else outcome
            # By now the ids of all are written down.
            if name is not None and not isinstance(outcome, SubmitDoubtful):
                _array.path(self.job_metadir, name).unlink(missing_ok=True)

    def _groups(self, jobs: Sequence[SgeJob]) -> Collection[Sequence[SgeJob]]:
        groups: dict[tuple[str, ...], list[SgeJob]] = {}
        for job in jobs:
            groups.setdefault(tuple(job.directives(self)), []).append(job)
        return groups.values()

    async def _submit(
        self, name: str | None, jobs: Sequence[SgeJob]
    ) -> str | TaskLimit | SubmitFailed | SubmitDoubtful | SubmitRejected:
        """Submit jobs as the array of this name, or one alone without a name."""
        if name is None:
            return await self._cell.submit(jobs[0].script_path, None, self.command_limit)
        file = _array.path(self.job_metadir, name)
        first = jobs[0]
        shell, directives = first.option(self, "shell"), first.directives(self)
        script = _array.text(name, self.job_metadir, shell, jobs, directives)
        try:
            await anyio.to_thread.run_sync(_array.write, file, script)
        except OSError as error:
            return SubmitFailed(f"the script of an array can't be written: {error}")
        return await self._cell.submit(str(file), len(jobs), self.command_limit)

    # --- asking ---

    async def job_is_running(self, job: SgeJob) -> bool:
        """Return whether qstat lists the job."""
        return job.uid in (await self._cell.queue(self.command_limit)).states

    async def job_states(self, jobs: Collection[SgeJob]) -> Mapping[SgeJob, QueueState | InError]:
        """Return what has changed since the last time, by one qstat."""
        # Those that are submitted meanwhile may not be in the answer.
        jobs = tuple(jobs)
        queue = await self._cell.queue(self.command_limit)
        states = {job: state(queue.states.get(self._uid(job, queue))) for job in jobs}
        now: dict[SgeJob, QueueState | InError] = {**states, **await self._broken(jobs, queue)}
        before, self._told = self._told, {job.uid or "": told for job, told in now.items()}
        return {job: told for job, told in now.items() if before.get(job.uid or "") != told}

    def _uid(self, job: SgeJob, queue: Queue) -> str:
        """Return the id of the job; of two copies, that of the one which runs."""
        if job in self._doubtful and job.uid not in queue.states:
            claimed = job.claimed_uid()
            if claimed in queue.states:
                job.uid = claimed
        return job.uid or ""

    async def _broken(self, jobs: Sequence[SgeJob], queue: Queue) -> Mapping[SgeJob, InError]:
        """Return those in error with the reason; as long as that can't be had, none are."""
        errors = [job for job in jobs if is_error(queue.states.get(job.uid or "", ""))]
        told = {job: self._told.get(job.uid or "") for job in errors}
        known = {job: before for job, before in told.items() if isinstance(before, InError)}
        if len(known) == len(errors):
            return known
        uids = {job: job.uid or "" for job in errors if job not in known}
        try:
            reasons = await self._cell.reasons(uids.values(), self.command_limit)
        except SchedulerUnavailable:
            return known
        return known | {
            job: InError(f"{queue.states[uid]}: {reasons.get(uid, 'qstat -j gives no reason')}")
            for job, uid in uids.items()
        }

    async def find_jobs(self, jobs: Sequence[SgeJob]) -> Mapping[SgeJob, str]:
        """Return the ids of those jobs that Grid Engine has, by id or by name."""
        self._doubtful.update(jobs)
        queue = await self._cell.queue(self.command_limit)
        return await anyio.to_thread.run_sync(self._find, jobs, queue)

    def _find(self, jobs: Sequence[SgeJob], queue: Queue) -> Mapping[SgeJob, str]:
        found: dict[SgeJob, str] = {}
        named = {job.unique_name: job for job in jobs}
        attempts = {(job.index, job.token): job for job in jobs}
        for number, name in queue.names.items():
            if name in named:
                found[named[name]] = number
            elif _array.IS_ARRAY.search(name):
                for task, attempt in _array.read_tasks(_array.path(self.job_metadir, name)).items():
                    if attempt in attempts and f"{number}.{task}" in queue.states:
                        found[attempts[attempt]] = f"{number}.{task}"
        for job in jobs:
            # The copy that runs comes first.
            for uid in (job.uid, job.claimed_uid()):
                if uid is not None and uid in queue.states:
                    found[job] = uid
        return found

    # --- ending ---

    async def kill_job(self, job: SgeJob) -> None:
        """Have one job deleted."""
        await self.kill_jobs([job])

    async def kill_jobs(self, jobs: Sequence[SgeJob]) -> None:
        """Have jobs deleted, by one qdel."""
        await self._cell.delete([job.uid for job in jobs if job.uid], self.command_limit)

    # --- what is known afterwards ---

    def usage(self, job: SgeJob) -> Usage | None:
        """Return what the script has measured, and where it ran."""
        measured = super().usage(job)
        if measured is None:
            return None
        claim = job.read_claim() or Claim()
        return replace(measured, host=claim.host, slots=claim.slots)

    async def accounts(self, jobs: Sequence[SgeJob]) -> Mapping[SgeJob, Account]:
        """Return what qacct says of jobs that left no result."""
        records = await self._cell.accounts([job.uid or "" for job in jobs], self.command_limit)
        accounts: dict[SgeJob, Account] = {}
        for job in jobs:
            record = records.get(job.uid or "")
            if record is not None:
                failure = _accounts.failure(record, started=job.read_claim() is not None)
                accounts[job] = Account(failure, _accounts.usage(record))
        return accounts
