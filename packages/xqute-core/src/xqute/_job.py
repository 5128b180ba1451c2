"""A job: its data, its files, waiting for it and reading what it writes."""

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


# A move, packed: the number of the state and the time. As objects, the moves of a job that waits
# would take twice the memory.
_MOVE = struct.Struct("=Bd")
_STATES = tuple(JobStatus)
_NUMBERS = {status: number for number, status in enumerate(_STATES)}


class JobOwner(Protocol):
    """The run that a job belongs to, as far as the job needs it."""

    scheduler: Any

    def is_settled(self, job: Job) -> bool:
        """Return whether the job is final and its hooks have returned, or the run is over."""

    async def wait_for(self, job: Job) -> None:
        """Wait until the job is settled."""

    async def kill(self, job: Job) -> bool:
        """Kill the job, and wait until it is gone."""


class Job(JobFiles, ABC, Generic[SchedulerT]):
    """One command, and all there is to know of it.

    Made by `Xqute.push`. A scheduler subclasses it to say how the command is wrapped.

    Attributes:
        index: Its number, in the order of pushes, from 0.
        cmd: The words of the command.
        env: Variables set for it alone, None for none; a variable that is None is unset.
        cwd: Its working folder, None for the producer's.
        timeout: Seconds that the command may run, None for no limit.
        name: The name given to it, None for none.
        root: The absolute path of the folder of all jobs.
        attempt: The current attempt; core alone sets it.
    """

    __slots__ = (
        "_fingerprint",
        "_moves",
        "_options",
        "_owner",
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
        """Hold what `Xqute.push` has checked."""
        self.index = index
        self.cmd = cmd
        self.env = env
        self.cwd = cwd
        self.timeout = timeout
        self.name = name
        self.root = root
        self.attempt = FIRST_ATTEMPT
        self._options = options
        # As bytes it takes half the memory of its text.
        self._fingerprint = b""
        self._owner: JobOwner | None = None
        self._status = JobStatus.INIT
        self._moves = _MOVE.pack(_NUMBERS[JobStatus.INIT], time.time())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.index} {self._status.value} {self.cmd!r}>"

    # --- what a scheduler says of its jobs ---

    @abstractmethod
    def wrap_cmd(self, scheduler: SchedulerT) -> str:
        """Return the text of the wrapped script of this attempt.

        Called in a worker thread where `Scheduler.shared_files` is true.

        `return self.render_script(scheduler)` is all that most schedulers need. A text of another
        make keeps these rules: the exit status goes to `rc_file`, then FINISHED or FAILED to
        `status_file`, each with a newline, then the lock is emptied; RUNNING to `status_file`
        when the command starts.
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
        """Return core's text of the wrapped script.

        Args:
            scheduler: The scheduler that it is for.
            directives: Comment lines for the scheduler, right below the first line.
            uid: A shell expression for the scheduler's id of the job, as `$JOB_ID`, for schedulers
                that may run a job again by themselves.
            notes: Words that the shell expands, as `host $HOSTNAME`, to be added to the claim.
            dropped_variables: The `dropped_variables` of this job, if the scheduler's are not
                those of all its jobs.
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
        """Return one option, as this attempt has it.

        It is that of the retry, else the job's own, else the producer's, else the default.
        """
        if name in self.attempt.options:
            return self.attempt.options[name]
        if name in self._options:
            return self._options[name]
        return scheduler.options[name]

    def environment(self, scheduler: SchedulerT) -> Mapping[str, str | None] | None:
        """Return the variables that are set for the command: the job's own over the producer's.

        A variable that is None is unset.
        """
        common: Mapping[str, str | None] | None = scheduler.options["env"]
        return {**common, **self.env} if common and self.env else common or self.env

    def workdir(self, scheduler: SchedulerT) -> str:
        """Return the absolute path of the folder that the command starts in."""
        cwd: str = self.cwd or scheduler.options["cwd"]
        return cwd

    @property
    def fingerprint(self) -> str:
        """What tells the same job from another one, in hexadecimal digits; core sets it."""
        return self._fingerprint.hex()

    @fingerprint.setter
    def fingerprint(self, digits: str) -> None:
        self._fingerprint = bytes.fromhex(digits)

    # --- the current attempt ---

    @property
    def options(self) -> Mapping[str, Any]:
        """Its own options for the scheduler, as this attempt has them.

        Those of the run are in `Scheduler.options`, and `option` returns the one that counts.
        """
        replaced = self.attempt.options
        return {**self._options, **replaced} if replaced else self._options

    @property
    def uid(self) -> str | None:
        """The scheduler's id of the attempt, None before it is submitted."""
        return self.attempt.uid

    @property
    def rc(self) -> int | None:
        """The exit status of the command, 128 + n for signal n; None where there is none."""
        return self.attempt.rc

    @property
    def failure(self) -> Failure | None:
        """Why the attempt failed; None when it did not, or has not ended."""
        return self.attempt.failure

    @property
    def usage(self) -> Usage | None:
        """What the attempt has used; None where nobody knows, or it has not ended."""
        return self.attempt.usage

    @property
    def trial_count(self) -> int:
        """How many attempts there were before this one."""
        return self.attempt.trial_count

    @property
    def resumed(self) -> bool:
        """Whether a former run had begun it, be it running or finished."""
        return self.attempt.resumed

    # --- where it is ---

    @property
    def status(self) -> JobStatus:
        """Where the job is in its life."""
        return self._status

    @property
    def times(self) -> dict[JobStatus, float]:
        """When it came to each state it has been in, last: seconds since the epoch."""
        return {_STATES[number]: when for number, when in _MOVE.iter_unpack(self._moves)}

    def move(self, status: JobStatus) -> None:
        """Move to `status`; core alone calls this.

        Raises:
            XquteError: There is no such move.
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
        """The wrapped script; it can be read, and run by hand."""
        return Path(self.script_path)

    # --- what a caller does with it ---

    @property
    def scheduler(self) -> SchedulerT:
        """The scheduler that it is for."""
        scheduler: SchedulerT = self._run.scheduler
        return scheduler

    @property
    def unique_name(self) -> str:
        """A name that no other attempt of any job has, of letters, digits, `.`, `_` and `-`."""
        plain = "".join([c if c.isascii() and c.isalnum() else "_" for c in self.name or "xqute"])
        return f"x{plain[:40]}.{self.index}.{self.token}"

    async def wait(self) -> Job:
        """Wait until the job is final and its hooks have returned; return the job itself.

        Raises:
            RunEnded: The run ended before that, as with `on_interrupt='detach'`.
        """
        await self._run.wait_for(self)
        return self

    async def kill(self) -> bool:
        """Kill the job with all its processes, and wait until it is gone.

        Called by a hook of this very job, it does not wait.

        Returns:
            False when a hook vetoed it, or the job was final already.

        Raises:
            RunEnded: The run has ended, and left the job as it is.
        """
        return await self._run.kill(self)

    async def stdout(self) -> str:
        """Return what the command has written to its standard output so far, or in all."""
        return await self._output(self.stdout_file)

    async def stderr(self) -> str:
        """Return what the command has written to its standard error so far, or in all."""
        return await self._output(self.stderr_file)

    def lines(self, stream: Literal["stdout", "stderr"] = "stdout") -> AsyncIterator[str]:
        """Return the lines of the output, without their newlines, as they come, to its end."""
        from xqute._output import follow  # here: aiofiles would cost every start

        path = self.stdout_file if stream == "stdout" else self.stderr_file
        return follow(path, lambda: self._run.is_settled(self), lambda: self._has_output)

    async def _output(self, path: Path) -> str:
        if not self._has_output:
            return ""
        from xqute._output import read_all  # here: aiofiles would cost every start

        return await read_all(path)

    @property
    def _has_output(self) -> bool:
        """Whether output files are those of this job, and not what a former run has left."""
        if self.trial_count or self.resumed:
            return True
        return bool(self.token) and self._status not in (JobStatus.INIT, JobStatus.QUEUED)

    @property
    def _run(self) -> JobOwner:
        if self._owner is None:
            raise XquteError(f"{self!r} was not made by Xqute.push")
        return self._owner
