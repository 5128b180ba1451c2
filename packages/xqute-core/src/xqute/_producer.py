"""`Xqute`, the producer: push jobs to it, and wait for their end."""

from __future__ import annotations

import asyncio
import os
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Literal, Self

from xqute._attempt_files import FOR_GROUP
from xqute._command import (
    Argument,
    check_command,
    check_count,
    check_cwd,
    check_env,
    check_name,
    check_path,
    check_period,
)
from xqute._consumer import Consumer
from xqute._discovery import get_scheduler
from xqute._errors import InvalidValue, NoRunningLoop
from xqute._former import Plan, job_fingerprint, resume_former
from xqute._job import Job
from xqute._metadir_lock import MetadirLock
from xqute._phase import RunState
from xqute._plugins import Plugins
from xqute._retry import RetryPolicy, retry_policy
from xqute._run import Run
from xqute._scheduler import Scheduler
from xqute._status import JobStatus

_NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})


class Xqute:
    """Runs jobs through a scheduler. Each object is good for one run.

    Attributes:
        jobs: All jobs that were pushed, in the order of pushes.
        scheduler: The scheduler that runs the jobs.
    """

    __slots__ = (
        "__weakref__",
        "_common",
        "_consumer",
        "_next_index",
        "_plugins",
        "_resume",
        "_root",
        "_run",
        "jobs",
        "scheduler",
    )

    def __init__(
        self,
        scheduler: str | type[Scheduler[Any]] = "local",
        *,
        job_metadir: str | os.PathLike[str] = "./.xqute",
        job_error_strategy: Literal["ignore", "retry", "halt"] | RetryPolicy = "ignore",
        job_num_retries: int = 3,
        job_retry_delay: float = 0.5,
        job_resume: bool = False,
        job_group_access: bool = False,
        scheduler_forks: int = 1,
        on_interrupt: Literal["kill", "detach"] | None = "kill",
        hook_timeout: float | None = 60.0,
        plugins: Sequence[Any] = (),
        **scheduler_options: Any,
    ) -> None:
        """Find the scheduler, check the arguments, and take the lock of the job metadir.

        Args:
            scheduler: The name of an installed scheduler, or a subclass of `Scheduler`.
            job_metadir: The folder of all jobs. It is created if it does not exist.
            job_error_strategy: What to do when a job fails: 'ignore' it, 'retry' it, or 'halt' the
                run. It may also be a `RetryPolicy` of your own.
            job_num_retries: How many more attempts a job gets under 'retry'.
            job_retry_delay: Seconds before the first retry. Each later delay is twice as long.
            job_resume: Whether to collect jobs that a former run has finished, instead of running
                them again.
            job_group_access: Whether the group of `job_metadir` may read it. That includes the
                folders of jobs, and the environment that is stored in them. By default, only the
                owner may.
            scheduler_forks: The number of slots: how many jobs may be with the scheduler at once.
            on_interrupt: What to do on SIGINT or SIGTERM: 'kill' the jobs, or 'detach' from them.
                Jobs that are detached go on, and the next run takes them up. With None the run
                catches no signals: they are the caller's.
            hook_timeout: Seconds that a hook may take. A hook that takes longer is cancelled, and
                counts as one that has raised an exception. None for no limit.
            plugins: Hook plugins for this run alone: objects, classes, modules, or names of
                modules. The name of a registered plugin with a leading `-` leaves it out.
            **scheduler_options: Options of the scheduler, for all jobs.

        Raises:
            NoRunningLoop: No event loop is running.
            SchedulerNotFound: There is no scheduler of that name.
            SchedulerLoadError: The scheduler can't be used.
            InvalidType: An argument has the wrong type.
            InvalidValue: An argument has a value that can't be used, or an option is unknown.
            PluginError: A plugin can't be used.
            MetadirInUse: Another producer uses the job metadir.
            MetadirError: The job metadir can't be used.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise NoRunningLoop(
                "Xqute must be created inside a running event loop: create it in a coroutine, "
                "and run that with asyncio.run(main())"
            ) from None
        policy = retry_policy(job_error_strategy, job_num_retries, job_retry_delay)
        forks = _check_forks(scheduler_forks)
        if on_interrupt not in ("kill", "detach", None):
            raise InvalidValue(
                f"on_interrupt must be 'kill', 'detach' or None, not {on_interrupt!r}"
            )
        path = Path(check_path("job_metadir", job_metadir))
        self._plugins = Plugins(plugins, check_period("hook_timeout", hook_timeout))
        make = get_scheduler(scheduler)
        self.scheduler: Scheduler[Any] = make(path, forks, scheduler_options)
        if job_group_access:
            self.scheduler.folder_mode = FOR_GROUP
        self.jobs: list[Job] = []
        self._resume = job_resume
        # These options are part of the fingerprint of each job.
        self._common = self.scheduler.identity_options(self.scheduler.options)
        self._root = str(path)
        self._next_index = 0
        metadir = MetadirLock(path, for_group=job_group_access)
        self._consumer = Consumer(self.scheduler, self._plugins, policy, RunState())
        self._run = Run(
            self.scheduler, self._plugins, self._consumer, metadir, on_interrupt=on_interrupt
        )

    # --- pushing jobs ---

    async def push(
        self,
        cmd: Sequence[Argument],
        *,
        env: Mapping[str, Argument | None] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # it bounds the command, not this call
        name: str | None = None,
        **options: Any,
    ) -> Job:
        """Add a job to the queue, and return it. It starts as soon as a slot is free.

        Args:
            cmd: The words of the command. They are passed on byte for byte, without a shell.
            env: Variables to set for the command. They replace those of the producer. A variable
                whose value is None is unset.
            cwd: The folder that the command starts in, instead of that of the producer.
            timeout: Seconds that the command may run. Then it gets SIGTERM, and `kill_grace`
                seconds later SIGKILL. None for no limit.
            name: A name for people. Some schedulers show it.
            **options: Options of the scheduler for this job. They replace those of the producer.

        Raises:
            InvalidType: An argument has the wrong type; for example, the command is one string.
            InvalidValue: An argument has a value that can't be used, or an option is unknown.
            MetadirConflict: A different job with the same index, from a former run, still runs.
            MetadirError: The files that a former run has left for this index can't be used.
            SchedulerUnavailable: A job with the same index may still run, and the scheduler does
                not answer.
            RunEnded: The run has ended or is being ended.
            Halted: A job has failed under the strategy 'halt', and the other jobs were killed.
        """
        await self._run.check_open()
        words = check_command(cmd)
        variables = check_env(env)
        folder = check_cwd(cwd)
        seconds = check_period("timeout", timeout)
        label = check_name(name)
        checked = _NO_OPTIONS
        if options:
            checked = self.scheduler.check_options(options)
        await self._run.begin()
        await self._run.check_open()
        job: Job = self.scheduler.job_class(
            self._next_index,
            words,
            self._root,
            env=variables,
            cwd=folder,
            timeout=seconds,
            name=label,
            options=checked,
        )
        self._next_index += 1
        job._consumer = self._consumer
        job.fingerprint = job_fingerprint(job, self.scheduler, self._common)
        record = self._consumer.open(job)
        try:
            plan = await resume_former(job, self.scheduler, resume=self._resume)
            await self._plugins.tell_made(self.scheduler, job)
            self.jobs.append(job)
            if plan is Plan.COLLECT:
                self._consumer.collect(record)
            else:
                await self._consumer.enqueue(record, in_doubt=plan is Plan.TAKE_UP)
        except BaseException:
            if job.status is JobStatus.INIT and self._next_index == job.index + 1:
                self._next_index -= 1
            self._consumer.withdraw(record)
            raise
        # The event loop gets a turn, so that jobs can start during a long series of pushes.
        await asyncio.sleep(0)
        return job

    @property
    def forks(self) -> int:
        """The number of slots: how many jobs may be with the scheduler at once.

        It may be set at any time. A larger number takes effect at once. After a smaller one, no job
        is submitted until fewer jobs are with the scheduler. No job is killed for it.

        Raises:
            InvalidType: It is set to something that is not an int.
            InvalidValue: It is set to a number less than 1.
        """
        return self.scheduler.forks

    @forks.setter
    def forks(self, forks: int) -> None:
        self.scheduler.forks = _check_forks(forks)
        self._consumer.slots_changed()

    @property
    def counts(self) -> dict[JobStatus, int]:
        """How many jobs are in each state. States without jobs are left out."""
        return dict(Counter(job.status for job in self.jobs))

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status.value}" for status, count in self.counts.items())
        folder = str(self.scheduler.job_metadir)
        return f"<Xqute {self.scheduler.name} {folder!r}: {counts or 'no jobs'}>"

    async def kill_all(self) -> int:
        """Kill all jobs, cancel those that wait, and wait until all of them are gone.

        The run goes on: jobs can be pushed afterwards. Called by a hook of a job, this does not
        wait for that very job.

        Returns:
            How many jobs were killed or cancelled. A hook may have vetoed the kill of others.
        """
        return await self._consumer.kill_all()

    # --- waiting for jobs ---

    async def run_until_complete(self) -> list[Job]:
        """Wait until all jobs are settled, including those pushed meanwhile, and end the run.

        Returns:
            All jobs, in the order of pushes.

        Raises:
            Halted: A job failed under the strategy 'halt', and the other jobs were killed.
            KeyboardInterrupt: SIGINT ended the run. The jobs were killed, or go on after 'detach'.
            SystemExit: SIGTERM ended the run in the same way. The exit status is 143.
            ExceptionGroup: Hooks or the retry policy raised exceptions. No job was harmed.
        """
        await self._run.complete()
        return self.jobs

    async def as_completed(self) -> AsyncIterator[Job]:
        """Yield each job as soon as it is settled, then end the run.

        Raises:
            Exception: All that `run_until_complete` raises.
        """
        await self._run.begin()
        settled = deque(job for job in self.jobs if self._consumer.is_settled(job))
        news = asyncio.Event()

        def listener(job: Job | None) -> None:
            if job is not None:
                settled.append(job)
            news.set()

        stop_listening = self._consumer.listen(listener)
        try:
            # The signals are caught while the caller works on a job, too.
            with self._run.signals_caught():
                while settled or not self._consumer.idle.is_set():
                    while settled:
                        yield settled.popleft()
                    news.clear()
                    if not self._consumer.idle.is_set():
                        await news.wait()
        finally:
            stop_listening()
        await self.run_until_complete()

    async def __aenter__(self) -> Self:
        """Begin the run. From now on SIGINT and SIGTERM shut it down and leave the block."""
        await self._run.begin()
        self._run.enter_block()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for all jobs, or kill them if an exception leaves the block. Then end the run.

        Raises:
            Exception: All that `run_until_complete` raises, if the block ends normally.
        """
        await self._run.leave_block(error)


def _check_forks(forks: object) -> int:
    return check_count("scheduler_forks, the number of jobs at once,", forks, least=1)
