"""A job: its data and its current attempt, and how to wait for it, kill it and read its output."""

from __future__ import annotations

import struct
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Literal, Protocol

from xqute._attempt import FIRST_ATTEMPT
from xqute._errors import XquteError
from xqute._failure import Failure, Usage
from xqute._file_names import script_name
from xqute._job_files import JobFiles
from xqute._scheduler_base import SchedulerBase
from xqute._script import ScriptParts, render
from xqute._status import MOVES, JobStatus

if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

SchedulerT = TypeVar("SchedulerT", bound=SchedulerBase, default=Any)


# One move: the number of the state, and the time. Packed, the moves of a waiting job take half the
# memory that objects would take.
_MOVE = struct.Struct("=Bd")
_STATES = tuple(JobStatus)
_NUMBERS = {status: number for number, status in enumerate(_STATES)}


def job_count(number: int) -> str:
    """Return a number of jobs in words: "1 job", "2 jobs"."""
    return "1 job" if number == 1 else f"{number} jobs"


class JobConsumer(Protocol):
    """What a job needs of the run that it belongs to."""

    scheduler: Any

    def is_settled(self, job: Job) -> bool:
        """Return whether the job is final and its hooks have returned, or the run is over."""

    async def wait_for(self, job: Job) -> None:
        """Wait until the job is settled."""

    async def kill(self, job: Job) -> bool:
        """Kill the job, and wait until it is gone. Return whether it was killed or cancelled."""


class Job(JobFiles, ABC, Generic[SchedulerT]):
    """One command, with its environment, working folder, timeout and options.

    `Xqute.push` creates jobs. Each scheduler has a subclass of its own, whose `wrap_cmd` returns
    the wrapped script. For callers, hooks and schedulers all fields are read-only.

    Attributes:
        index: The number of the job, from 0, in the order of pushes.
        cmd: The words of the command.
        env: The variables that are set for this job alone; None if there are none. A variable whose
            value is None is unset.
        cwd: The absolute path of its working folder; None if it uses that of the producer.
        timeout: Seconds that the command may run; None if there is no limit.
        name: The name of the job; None if it has none.
        root: The absolute path of the folder of all jobs.
        attempt: The current attempt. Core alone sets it.
    """

    __slots__ = (
        "_consumer",
        "_fingerprint",
        "_moves",
        "_options",
        "_status",
        "cmd",
        "cwd",
        "env",
        "name",
    )

    def __init__(
        self,
        index: int,
        cmd: tuple[str, ...],
        root: str,
        *,
        env: Mapping[str, str | None] | None = None,
        cwd: str | None = None,
        timeout: float | None = None,
        name: str | None = None,
        options: Mapping[str, Any],
    ) -> None:
        """Create a job from arguments that `Xqute.push` has checked.

        Args:
            index: The number of the job, from 0.
            cmd: The words of the command.
            root: The absolute path of the folder of all jobs.
            env: The variables that are set for this job alone.
            cwd: The absolute path of its working folder.
            timeout: Seconds that the command may run, None for no limit.
            name: The name of the job.
            options: The scheduler's options for this job alone, as returned by
                `Scheduler.check_option`.
        """
        self.index = index
        self.cmd = cmd
        self.env = env
        self.cwd = cwd
        self.timeout = timeout
        self.name = name
        self.root = root
        self.attempt = FIRST_ATTEMPT
        self._options = options
        # Bytes take half the memory of the hexadecimal text.
        self._fingerprint = b""
        self._consumer: JobConsumer | None = None
        self._status = JobStatus.INIT
        self._moves = _MOVE.pack(_NUMBERS[JobStatus.INIT], time.time())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.index} {self._status.value} {self.cmd!r}>"

    # --- the wrapped script ---

    @abstractmethod
    def wrap_cmd(self, scheduler: SchedulerT) -> str:
        """Return the text of the wrapped script of this attempt.

        Called in a worker thread if `Scheduler.shared_files` is true, and in the event loop
        otherwise. It must change nothing, neither in the scheduler nor in the job.

        `return self.render_script(scheduler)` is all that most schedulers need. A script of your
        own appends RUNNING to `status_file` when the command starts. When the command has ended,
        it writes the exit status to `rc_file`, then appends FINISHED or FAILED to `status_file`,
        then empties `lock_file`. Each line ends with a newline.
        """

    def render_script(
        self,
        scheduler: SchedulerT,
        *,
        directives: Sequence[str] = (),
        uid: str = "",
        notes: str = "",
        dropped_variables: Mapping[str, str] | None = None,
    ) -> str:
        """Return a wrapped script that keeps all promises of core.

        Args:
            scheduler: The scheduler of the run.
            directives: Comment lines for the scheduler. They follow the first line of the script.
            uid: A shell expression for the scheduler's id of the job, such as `$JOB_ID`. It is
                needed if the scheduler may run a job again by itself.
            notes: Words to be added to the claim, such as `host $HOSTNAME`. The shell expands them.
            dropped_variables: The `dropped_variables` of this job, if they are not those of all
                jobs of the scheduler.
        """
        env, dropped = self.environment(scheduler), dropped_variables
        if dropped is None:
            dropped = scheduler.dropped_variables
        return render(
            ScriptParts(
                shell=self.option(scheduler, "shell"),
                title=f"Job {self.index}, attempt {self.trial_count + 1}, for {scheduler.name}.",
                name=script_name(scheduler.name),
                folder=self.folder,
                claim=self.claim,
                cmd=self.cmd,
                env={**dropped, **(env or {})} if dropped else env,
                cwd=self.workdir(scheduler),
                timeout=self.timeout,
                kill_grace=self.option(scheduler, "kill_grace"),
                directives=directives,
                uid=uid,
                notes=notes,
            )
        )

    def option(self, scheduler: SchedulerT, name: str) -> Any:
        """Return the value that an option has in this attempt.

        A retry's options come first, then those of the job, those of the producer, and the
        defaults.

        Raises:
            KeyError: The scheduler has no such option.
        """
        if name in self.attempt.options:
            return self.attempt.options[name]
        if name in self._options:
            return self._options[name]
        return scheduler.options[name]

    def environment(self, scheduler: SchedulerT) -> Mapping[str, str | None] | None:
        """Return the variables to set for the command; those of the job replace the producer's.

        A variable whose value is None is unset.
        """
        common: Mapping[str, str | None] | None = scheduler.options["env"]
        return {**common, **self.env} if common and self.env else common or self.env

    def workdir(self, scheduler: SchedulerT) -> str:
        """Return the absolute path of the folder that the command starts in."""
        cwd: str = self.cwd or scheduler.options["cwd"]
        return cwd

    @property
    def fingerprint(self) -> str:
        """A hash of all that makes a job what it is, in hexadecimal digits. Core sets it."""
        return self._fingerprint.hex()

    @fingerprint.setter
    def fingerprint(self, digits: str) -> None:
        self._fingerprint = bytes.fromhex(digits)

    # --- the current attempt ---

    @property
    def options(self) -> Mapping[str, Any]:
        """The scheduler's options for this job alone, with those of a retry, by name.

        The options of the run are in `Scheduler.options`. `option` returns the value that counts.
        """
        replaced = self.attempt.options
        return {**self._options, **replaced} if replaced else self._options

    @property
    def uid(self) -> str | None:
        """The scheduler's id of the attempt; None if it is not submitted or its id is not known."""
        return self.attempt.uid

    @property
    def rc(self) -> int | None:
        """The exit status of the command, 128 + n for signal n; None while there is none."""
        return self.attempt.rc

    @property
    def failure(self) -> Failure | None:
        """Why the attempt failed; None if it has not failed."""
        return self.attempt.failure

    @property
    def usage(self) -> Usage | None:
        """What the attempt has used; None if it has not ended, or if that is not known."""
        return self.attempt.usage

    @property
    def trial_count(self) -> int:
        """The number of attempts before this one: 0 in the first attempt."""
        return self.attempt.trial_count

    @property
    def resumed(self) -> bool:
        """Whether the job was taken up from a former run, or collected."""
        return self.attempt.resumed

    # --- the state of the job ---

    @property
    def status(self) -> JobStatus:
        """The state of the job."""
        return self._status

    @property
    def times(self) -> dict[JobStatus, float]:
        """When the job last entered each state that it has been in, in seconds since the epoch."""
        return {_STATES[number]: when for number, when in _MOVE.iter_unpack(self._moves)}

    def move(self, status: JobStatus) -> None:
        """Move to the state `status`. Core alone calls this.

        Raises:
            XquteError: The move is not allowed.
        """
        if status not in MOVES[self._status]:
            raise XquteError(f"{self!r} can't move to {status.value}")
        self._status = status
        self._moves += _MOVE.pack(_NUMBERS[status], time.time())

    @property
    def script_path(self) -> str:
        """The absolute path of the wrapped script."""
        return f"{self.folder}/{script_name(self.scheduler.name)}"

    @property
    def script_file(self) -> Path:
        """The wrapped script. You can read it, and run it by hand."""
        return Path(self.script_path)

    # --- what a caller does with a job ---

    @property
    def scheduler(self) -> SchedulerT:
        """The scheduler of the run.

        Raises:
            XquteError: The job was not created by `Xqute.push`.
        """
        scheduler: SchedulerT = self._its_consumer.scheduler
        return scheduler

    @property
    def unique_name(self) -> str:
        """A name that no other attempt has, made of ASCII letters, digits, `.`, `_` and `-`."""
        plain = "".join([c if c.isascii() and c.isalnum() else "_" for c in self.name or "xqute"])
        return f"x{plain[:40]}.{self.index}.{self.token}"

    async def wait(self) -> Job:
        """Wait until the job is settled: it is final, and its hooks have returned.

        Returns:
            The job itself.

        Raises:
            RunEnded: The run ended before that, for example with `on_interrupt='detach'`.
            XquteError: It is called in a hook of this job, which would wait for itself.
        """
        await self._its_consumer.wait_for(self)
        return self

    async def kill(self) -> bool:
        """Kill the job with all its processes, and wait until it is gone.

        A job that waits for a slot or for its next attempt is cancelled. In a hook of this job,
        `kill` returns True at once and does not wait.

        Returns:
            Whether the job was killed or cancelled. False if a hook has vetoed it, or if the job
            has ended otherwise.

        Raises:
            RunEnded: The run has ended, and left the job as it is.
        """
        return await self._its_consumer.kill(self)

    async def stdout(self) -> str:
        """Return all that the command has written to its standard output so far."""
        return await self._output(self.stdout_file)

    async def stderr(self) -> str:
        """Return all that the command has written to its standard error so far."""
        return await self._output(self.stderr_file)

    def lines(self, stream: Literal["stdout", "stderr"] = "stdout") -> AsyncIterator[str]:
        """Iterate over the lines of the output as they are written, until the job has ended.

        Args:
            stream: Which output to read, "stdout" or "stderr".

        Returns:
            An iterator over the lines, without their newlines.
        """
        # It is imported here because aiofiles would slow down every start of a program.
        from xqute._output import follow

        path = self.stdout_file if stream == "stdout" else self.stderr_file
        return follow(path, lambda: self._its_consumer.is_settled(self), lambda: self._has_output)

    async def _output(self, path: Path) -> str:
        if not self._has_output:
            return ""
        # It is imported here because aiofiles would slow down every start of a program.
        from xqute._output import read_all

        return await read_all(path)

    @property
    def _has_output(self) -> bool:
        """Whether the output files belong to this job, not to another one of a former run."""
        if self.trial_count or self.resumed:
            return True
        return bool(self.token) and self._status not in (JobStatus.INIT, JobStatus.QUEUED)

    @property
    def _its_consumer(self) -> JobConsumer:
        if self._consumer is None:
            raise XquteError(f"{self!r} was not created by Xqute.push")
        return self._consumer
