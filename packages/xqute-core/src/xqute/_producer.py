"""`Xqute`: where jobs are pushed, and where their end is waited for."""

from __future__ import annotations

import asyncio
import os
from collections import deque
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
    """Runs jobs through a scheduler; one for each run.

    Attributes:
        jobs: All jobs that were pushed, in order.
        scheduler: The scheduler that runs them.
    """

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
        on_interrupt: Literal["kill", "detach"] = "kill",
        hook_timeout: float | None = 60.0,
        plugins: Sequence[Any] = (),
        **scheduler_options: Any,
    ) -> None:
        """Find the scheduler, check everything, and take hold of the folder of jobs.

        Args:
            scheduler: The name of a scheduler that is installed, or a class of one.
            job_metadir: The folder that gets a folder for each job.
            job_error_strategy: When a job fails, 'ignore' it, 'retry' it, or 'halt' the run; or a
                `RetryPolicy` of your own that decides.
            job_num_retries: How many more attempts a job gets under 'retry'.
            job_retry_delay: Seconds before the first of them, twice as many before each later one.
            job_resume: Do not run again what a former run of the same jobs has finished.
            job_group_access: Let the group of `job_metadir` read it, and the folders of jobs with
                the environment that is in them; otherwise their owner alone can.
            scheduler_forks: How many jobs may be with the scheduler at once.
            on_interrupt: On SIGINT or SIGTERM, 'kill' the jobs, or 'detach' from them: they go on,
                and the next run takes them up.
            hook_timeout: Seconds after which a hook that has not returned is cancelled, and counts
                as one that has raised; None for never.
            plugins: Hook plugins for this run alone; a name with a leading `-` leaves one out.
            **scheduler_options: Options of the scheduler, for all jobs.

        Raises:
            NoRunningLoop: No event loop is running.
            SchedulerNotFound: There is no such scheduler.
            SchedulerLoadError: It can't be used.
            InvalidType: An argument is of the wrong kind.
            InvalidValue: An argument has a value that can't be, or an option is unknown.
            PluginError: A plugin can't be used.
            MetadirInUse: Another producer uses the folder.
            MetadirError: The folder can't be used.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise NoRunningLoop(
                "Xqute must be made inside a running event loop: make it in a coroutine, and run "
                "that with asyncio.run(main())"
            ) from None
        policy = retry_policy(job_error_strategy, job_num_retries, job_retry_delay)
        forks = _check_forks(scheduler_forks)
        if on_interrupt not in ("kill", "detach"):
            raise InvalidValue(f"on_interrupt is 'kill' or 'detach', not {on_interrupt!r}")
        path = Path(check_path("job_metadir", job_metadir))
        self._plugins = Plugins(plugins, check_period("hook_timeout", hook_timeout))
        make = get_scheduler(scheduler)
        self.scheduler: Scheduler[Any] = make(path, forks, scheduler_options)
        if job_group_access:
            self.scheduler.folder_mode = FOR_GROUP
        self.jobs: list[Job] = []
        self._resume = job_resume
        # What of the producer's options makes a job what it is; env and cwd are told apart.
        left_out = {"env", "cwd", *self.scheduler.non_identity_options}
        self._common = {k: v for k, v in self.scheduler.options.items() if k not in left_out}
        self._root = str(path)
        self._next_index = 0
        metadir = MetadirLock(path, for_group=job_group_access)
        self._consumer = Consumer(self.scheduler, self._plugins, policy, RunState())
        self._run = Run(
            self.scheduler, self._plugins, self._consumer, metadir, detach=on_interrupt == "detach"
        )

    # --- jobs go in ---

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
        """Add a job; it starts as soon as a slot is free, and is returned before that.

        Args:
            cmd: The words of the command; each arrives byte for byte, no shell reads them.
            env: Variables for it, over those of the producer; None as a value unsets one.
            cwd: The folder it starts in, instead of the producer's.
            timeout: Seconds that it may run; then it gets SIGTERM, and after `kill_grace` SIGKILL.
            name: A name for people, shown by schedulers that show names.
            **options: Options of the scheduler for this job, over those of the producer.

        Raises:
            InvalidType: An argument is of the wrong kind, as a command that is one string.
            InvalidValue: An argument has a value that can't be, or an option is unknown.
            MetadirConflict: Another job of this index, of a former run, still runs.
            MetadirError: What a former run has left of this index can't be used.
            SchedulerUnavailable: Whether it still runs can't be asked now.
            RunEnded: The run has ended.
            Halted: A job has failed under the strategy 'halt'; the others were killed.
        """
        await self._run.check_open()
        words = check_command(cmd)
        variables = check_env(env)
        folder = check_cwd(cwd)
        seconds = check_period("timeout", timeout)
        label = check_name(name)
        checked = _NO_OPTIONS
        if options:
            checked = {key: self.scheduler.check_option(key, options[key]) for key in options}
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
        job._owner = self._consumer
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
        # One turn of the loop, so that a long series of pushes does not keep jobs from starting.
        await asyncio.sleep(0)
        return job

    @property
    def forks(self) -> int:
        """How many jobs may be with the scheduler at once.

        It may be set at any time. A larger number has effect at once; after a smaller one, no job
        is submitted until there are fewer with the scheduler.

        Raises:
            InvalidType: When it is set: it is no int.
            InvalidValue: When it is set: it is less than 1.
        """
        return self.scheduler.forks

    @forks.setter
    def forks(self, forks: int) -> None:
        self.scheduler.forks = _check_forks(forks)
        self._consumer.slots_changed()

    # --- jobs come out ---

    async def run_until_complete(self) -> list[Job]:
        """Wait for all jobs, those pushed meanwhile included, and end the run.

        Raises:
            Halted: A job failed under the strategy 'halt'; the others were killed.
            KeyboardInterrupt: SIGINT came; the jobs were killed, or left with 'detach'.
            SystemExit: SIGTERM came, likewise; its code is 143.
            ExceptionGroup: Hooks have raised; all else is done.
        """
        await self._run.complete()
        return self.jobs

    async def as_completed(self) -> AsyncIterator[Job]:
        """Yield each job when it is final, in the order of their ends; then end the run.

        Raises what `run_until_complete` raises.
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
            while settled or not self._consumer.idle.is_set():
                while settled:
                    yield settled.popleft()
                news.clear()
                if not self._consumer.idle.is_set():
                    with self._run.signals_caught():
                        await news.wait()
        finally:
            stop_listening()
        await self.run_until_complete()

    async def __aenter__(self) -> Self:
        """Return itself; SIGINT and SIGTERM shut the run down from now on, and leave the block."""
        await self._run.begin()
        self._run.enter_block()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for all jobs; or kill them, when an exception left the block."""
        await self._run.leave_block(error)


def _check_forks(forks: object) -> int:
    return check_count("scheduler_forks, the number of jobs at once,", forks, least=1)
