"""The scheduler `sge`: it handles many jobs with few of Grid Engine's commands."""

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
    QueueState,
    Scheduler,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
    Usage,
)
from xqute.schedulers.sge import _array_script, _directives, _qacct, _qstat, _qsub
from xqute.schedulers.sge._client import COMMANDS, GridEngineClient
from xqute.schedulers.sge._commands import find_command
from xqute.schedulers.sge._job import SgeJob

logger = logging.getLogger("xqute")

# One call of the scheduler may need several commands: qsub again after a task limit, or qstat -j
# for the reason of an error after qstat.
_COMMANDS_PER_CALL = 5


class SgeScheduler(Scheduler[SgeJob]):
    """Runs jobs on Grid Engine. Jobs with equal options that are due together become a job array.

    Attributes:
        max_tasks: The number of jobs in one array, at most. It is lowered when the site refuses an
            array because it has too many tasks.
    """

    name: ClassVar[str] = "sge"
    job_class = SgeJob
    own_options: ClassVar[Mapping[str, Any]] = MappingProxyType({name: name for name in COMMANDS})
    non_identity_options: ClassVar[frozenset[str]] = frozenset(COMMANDS)
    min_interval: float = 2.5
    max_interval: float = 15.0
    submit_interval: float = 2.5
    # By default Grid Engine writes accounting records up to 15 s late (accounting_flush_time in
    # sge_conf(5)).
    result_grace: float = 20.0
    max_tasks: int = 10_000

    def __init__(self, job_metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options and find the commands; see `Scheduler`."""
        super().__init__(job_metadir, forks, options)
        commands = {name: find_command(name, self.options[name]) for name in COMMANDS}
        self.options = {**self.options, **commands}
        self._client = GridEngineClient(commands, job_metadir)
        # What the last status query has reported of each attempt, by its token.
        self._reported: dict[str, QueueState | InError] = {}
        # The tokens of the attempts that Grid Engine may have twice. The id of such a job may be
        # that of the copy that does not run.
        self._in_doubt: set[str] = set()

    @property
    def command_timeout(self) -> float:
        """Seconds that one command may take, so that a call stays within `call_timeout`."""
        return self.call_timeout / _COMMANDS_PER_CALL

    def check_option(self, name: str, value: Any) -> Any:
        """Return the value in the form that is kept: directives, or the path of a command."""
        if name in COMMANDS:
            return find_command(name, value)
        if name.startswith(_directives.PREFIX):
            return _directives.make_directives(name, value)
        checked = super().check_option(name, value)
        return _directives.check_shell(checked) if name == "shell" else checked

    async def close(self) -> None:
        """Remove the scripts of arrays that former runs have left, and that are settled by now."""
        try:
            await anyio.to_thread.run_sync(_array_script.remove_settled, self.job_metadir)
        except OSError as error:
            logger.warning("the scripts of job arrays can't be removed: %s", error)

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
        """Submit jobs with equal options together. After a failure the rest is not submitted."""
        groups = deque(self._group(jobs))
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
            array = _array_script.new_name(group) if len(group) > 1 else None
            outcome = await self._submit(array, group)
            if isinstance(outcome, _qsub.TaskLimit):
                self.max_tasks = min(outcome.tasks, len(group) - 1)
                groups.appendleft(group)
                continue
            if isinstance(outcome, SubmitFailed | SubmitDoubtful):
                failed = outcome
            if isinstance(outcome, SubmitDoubtful):
                self._in_doubt.update(job.token for job in group)
            for task, job in enumerate(group, 1):
                is_task = array is not None and isinstance(outcome, str)
                yield job, f"{outcome}.{task}" if is_task else outcome
            # Core has written down the ids of all tasks by now.
            if array is not None and not isinstance(outcome, SubmitDoubtful):
                _array_script.script_path(self.job_metadir, array).unlink(missing_ok=True)

    def _group(self, jobs: Sequence[SgeJob]) -> Collection[Sequence[SgeJob]]:
        """Return the jobs in groups of equal directives."""
        groups: dict[tuple[str, ...], list[SgeJob]] = {}
        for job in jobs:
            groups.setdefault(tuple(job.directives(self)), []).append(job)
        return groups.values()

    async def _submit(
        self, array: str | None, jobs: Sequence[SgeJob]
    ) -> str | _qsub.TaskLimit | SubmitFailed | SubmitDoubtful | SubmitRejected:
        """Submit jobs as the array of this name; without a name, the one job by itself."""
        first = jobs[0]
        if array is None:
            return await self._client.submit(first.script_path, None, self.command_timeout)
        file = _array_script.script_path(self.job_metadir, array)
        shell, directives = first.option(self, "shell"), first.directives(self)
        script = _array_script.render(array, self.job_metadir, shell, jobs, directives)
        try:
            await anyio.to_thread.run_sync(_array_script.write, file, script)
        except OSError as error:
            return SubmitFailed(f"the script of a job array can't be written: {error}")
        return await self._client.submit(str(file), len(jobs), self.command_timeout)

    # --- status queries ---

    async def job_is_running(self, job: SgeJob) -> bool:
        """Return whether qstat lists the job."""
        listing = await self._client.list_jobs(self.command_timeout)
        return self._listed_uid(job, listing) in listing.states

    async def job_states(self, jobs: Collection[SgeJob]) -> Mapping[SgeJob, QueueState | InError]:
        """Return the states that have changed since the last query; one qstat serves all jobs."""
        # A job that is submitted while qstat runs may be missing in its answer.
        jobs = tuple(jobs)
        listing = await self._client.list_jobs(self.command_timeout)
        uids = {job: self._listed_uid(job, listing) for job in jobs}
        states: dict[SgeJob, QueueState | InError] = {
            job: _qstat.queue_state(listing.states.get(uid)) for job, uid in uids.items()
        }
        states |= await self._find_errors(uids, listing)
        before = self._reported
        self._reported = {job.token: state for job, state in states.items()}
        # What is not asked for any more has ended.
        self._in_doubt -= before.keys() - self._reported.keys()
        return {job: state for job, state in states.items() if before.get(job.token) != state}

    def _listed_uid(self, job: SgeJob, listing: _qstat.Listing) -> str:
        """Return the id that qstat may list the job by: its own, or else that of another copy."""
        uid = job.uid or ""
        if uid not in listing.states and job.token in self._in_doubt:
            return job.claimed_uid() or uid
        return uid

    async def _find_errors(
        self, uids: Mapping[SgeJob, str], listing: _qstat.Listing
    ) -> Mapping[SgeJob, InError]:
        """Return the jobs in error, each with its reason; none while the reasons can't be had."""
        errors = {
            job: uid for job, uid in uids.items() if _qstat.is_in_error(listing.states.get(uid, ""))
        }
        reported = {job: self._reported.get(job.token) for job in errors}
        known = {job: state for job, state in reported.items() if isinstance(state, InError)}
        unknown = {job: uid for job, uid in errors.items() if job not in known}
        if not unknown:
            return known
        try:
            reasons = await self._client.error_reasons(unknown.values(), self.command_timeout)
        except SchedulerUnavailable:
            return known
        return known | {
            job: InError(f"{listing.states[uid]}: {reasons.get(uid, 'qstat -j gives no reason')}")
            for job, uid in unknown.items()
        }

    async def find_jobs(self, jobs: Sequence[SgeJob]) -> Mapping[SgeJob, str]:
        """Return the ids of those jobs that Grid Engine has, found by id or by name."""
        self._in_doubt.update(job.token for job in jobs)
        listing = await self._client.list_jobs(self.command_timeout)
        return await anyio.to_thread.run_sync(self._find_listed, jobs, listing)

    def _find_listed(self, jobs: Sequence[SgeJob], listing: _qstat.Listing) -> Mapping[SgeJob, str]:
        found: dict[SgeJob, str] = {}
        by_name = {job.unique_name: job for job in jobs}
        by_attempt = {(job.index, job.token): job for job in jobs}
        for number, name in listing.names.items():
            if name in by_name:
                found[by_name[name]] = number
            elif _array_script.is_array_name(name):
                file = _array_script.script_path(self.job_metadir, name)
                for task, attempt in _array_script.read_tasks(file).items():
                    uid = f"{number}.{task}"
                    if attempt in by_attempt and uid in listing.states:
                        found[by_attempt[attempt]] = uid
        for job in jobs:
            # The id of the copy that runs is set last, and so replaces all others.
            for known_uid in (job.uid, job.claimed_uid()):
                if known_uid is not None and known_uid in listing.states:
                    found[job] = known_uid
        return found

    # --- the end of a job ---

    async def kill_job(self, job: SgeJob) -> None:
        """Have a job deleted."""
        await self.kill_jobs([job])

    async def kill_jobs(self, jobs: Sequence[SgeJob]) -> None:
        """Have jobs deleted, all by one qdel; of a job in doubt, both copies that are known."""
        uids = [uid for job in jobs for uid in (job.uid, self._copy_in_doubt(job)) if uid]
        await self._client.delete(list(dict.fromkeys(uids)), self.command_timeout)

    def _copy_in_doubt(self, job: SgeJob) -> str | None:
        """Return the id of the copy that has the claim, if Grid Engine may have the job twice."""
        return job.claimed_uid() if job.token in self._in_doubt else None

    # --- what is known of a job that has ended ---

    def usage(self, job: SgeJob) -> Usage | None:
        """Return what the script has measured, and where it ran."""
        measured = super().usage(job)
        if measured is None:
            return None
        claim = job.read_claim() or Claim()
        return replace(measured, host=claim.host, slots=claim.slots)

    async def accounts(self, jobs: Sequence[SgeJob]) -> Mapping[SgeJob, Account]:
        """Return what qacct says of jobs that have left no result."""
        uids = {job: self._copy_in_doubt(job) or job.uid or "" for job in jobs}
        records = await self._client.accounting_records(tuple(uids.values()), self.command_timeout)
        accounts: dict[SgeJob, Account] = {}
        for job, uid in uids.items():
            if (record := records.get(uid)) is not None:
                failure = _qacct.failure_of(record, started=job.read_claim() is not None)
                accounts[job] = Account(failure, _qacct.usage_of(record))
        return accounts
