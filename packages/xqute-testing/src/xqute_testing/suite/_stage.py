"""What a test of the suite works with: folders, producers, controllers, jobs, and waiting."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import anyio
import pytest

from xqute import Job, JobStatus, RunEnded, Xqute, get_scheduler
from xqute_testing._recorder import Recorder
from xqute_testing.suite._capabilities import Capabilities
from xqute_testing.suite._commands import Commands, Trouble
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._controllers import Controller
from xqute_testing.suite._instrument import Instrument, instrumented
from xqute_testing.suite._lifeline import Lifeline
from xqute_testing.suite._under_test import UnderTest

# Seconds.
_LOOK_AGAIN = 0.01
_LEAVE_AFTER = 5.0

_ENDS = Promise(
    "Scheduler.job_states",
    "every job and every run comes to its end: what has ended is told to be GONE",
)
_RESULT = Promise(
    "Scheduler.job_states", "a job is GONE when it has ended, not before: its result is there then"
)


class Stage:
    """The environment of one test, with the scheduler under test.

    Attributes:
        under_test: The scheduler, as its author describes it.
        can: What the scheduler can do.
        folder: The folder for all files of the test.
        work: The working folder of jobs.
        metadir: The job metadir.
        instrument: Records the calls of the scheduler, and causes faults.
        commands: Counts the commands of this process, and makes them fail.
        recorder: Records the calls of hooks.
    """

    def __init__(self, under_test: UnderTest, can: Capabilities, folder: Path) -> None:
        self.under_test = under_test
        self.can = can
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        self.metadir = folder / "jobs"
        self.instrument = Instrument()
        self.commands = Commands()
        self.recorder = Recorder()
        self._producers: list[Xqute] = []
        self._controllers: list[Controller] = []
        self._lifelines: list[Lifeline] = []

    # --- producers and controllers ---

    def producer(self, **options: Any) -> Xqute:
        """Return a producer with the scheduler under test, whose calls and hooks are recorded."""
        scheduler = instrumented(
            get_scheduler(self.under_test.scheduler), self.instrument, self.under_test.settings
        )
        xqute = Xqute(scheduler, plugins=[self.recorder], **self._options(options))
        self._producers.append(xqute)
        return xqute

    def controller(
        self, jobs: Sequence[Mapping[str, Any]], *, dies: bool = False, **options: Any
    ) -> Controller:
        """Start a controller that pushes these jobs in a process of its own."""
        controller = Controller(
            self.folder,
            self.under_test.scheduler,
            self._options(options),
            self.under_test.settings,
            jobs,
            dies=dies,
        )
        self._controllers.append(controller)
        return controller

    def _options(self, more: Mapping[str, Any]) -> dict[str, Any]:
        common = {"job_metadir": self.metadir, "cwd": self.work, "job_retry_delay": 0}
        return {**common, **self.under_test.options, **more}

    # --- the commands of jobs ---

    def shell(self, script: str) -> list[str]:
        """Return a command that runs a shell script in the work folder, whatever its cwd is."""
        return ["sh", "-c", f"cd {shlex.quote(str(self.work))} || exit 97\n{script}"]

    def until_open(self, gate: str) -> str:
        """Return a line of shell that waits until the gate is opened or the test is over.

        It waits for some minutes only, so that the jobs end even if the test is killed.
        """
        gate, stop = (shlex.quote(str(self.work / name)) for name in (gate, "stop"))
        over = f"[ -e {gate} ] || [ -e {stop} ] || [ $n = 9999 ]"
        return f"n=0; until {over}; do n=$((n+1)); sleep 0.02; done"

    def open(self, gate: str) -> None:
        """Open a gate."""
        (self.work / gate).touch()

    def lifeline(self, name: str = "life") -> Lifeline:
        """Make a lifeline for the processes of a job."""
        lifeline = Lifeline(self.work / name)
        self._lifelines.append(lifeline)
        return lifeline

    def lines(self, name: str = "ledger") -> list[str]:
        """Return the lines that jobs have appended to a file of the work folder."""
        try:
            return (self.work / name).read_text().splitlines()
        except FileNotFoundError:
            return []

    # --- waiting ---

    async def until(self, condition: Callable[[], object], promise: Promise, seen: str) -> None:
        """Wait until a condition holds. Fail the test with the promise if it does not in time.

        Args:
            condition: The condition.
            promise: The promise that is broken otherwise.
            seen: What the message says about that.

        Raises:
            Exception: An error that the scheduler has raised against the contract.
        """
        end = time.monotonic() + self.under_test.wait_limit
        while not condition():
            if (defect := self.instrument.defect) is not None:
                defect.add_note(promise.broken(f"{seen}, and never will"))
                raise defect
            if time.monotonic() > end:
                self.fail(promise, f"{seen}, in {self.under_test.wait_limit:g} s; {self._state()}")
            await anyio.sleep(_LOOK_AGAIN)

    async def until_status(self, job: Job, status: JobStatus, promise: Promise) -> None:
        """Wait until a job has a status. It must not end with another one before."""
        await self.until(
            lambda: status in job.times or job.status.terminal,
            promise,
            f"job {job.index} did not become {status.value}",
        )
        assert status in job.times, promise.broken(f"{job!r} ended: {job.failure}")

    async def settle(self, jobs: Sequence[Job], promise: Promise = _ENDS) -> None:
        """Wait until jobs are settled. Fail the test with the promise if they are not in time."""
        with anyio.move_on_after(self.under_test.wait_limit) as scope:
            for job in jobs:
                # If the run has ended for another reason, `complete` raises that.
                with contextlib.suppress(RunEnded):
                    await job.wait()
        if scope.cancelled_caught:
            self.fail(promise, f"after {self.under_test.wait_limit:g} s: {self._state()}")

    async def complete(self, xqute: Xqute, promise: Promise = _ENDS) -> list[Job]:
        """Wait until a run has ended, and return its jobs."""
        await self.settle(xqute.jobs, promise)
        return await xqute.run_until_complete()

    async def run(
        self, *commands: Sequence[Any], promise: Promise | None = None, **options: Any
    ) -> list[Job]:
        """Run commands, and return their jobs. All of them must have a result."""
        xqute = self.producer(**options)
        for cmd in commands:
            await xqute.push(cmd)
        for job in await self.complete(xqute, promise or _ENDS):
            said = (promise or _RESULT).broken(f"{job!r} ended: {job.failure}")
            assert job.rc is not None, said
        return xqute.jobs

    def fail(self, promise: Promise, seen: str) -> NoReturn:
        """Fail the test because a promise is broken."""
        said = "".join(controller.said for controller in self._controllers)
        more = f"; the controller has printed: {said}" if said else ""
        pytest.fail(promise.broken(f"{seen}{more}"), pytrace=False)

    def _state(self) -> str:
        jobs = [repr(job) for xqute in self._producers for job in xqute.jobs]
        return f"the jobs are {', '.join(jobs)}" if jobs else "there are no jobs"

    # --- faults ---

    @property
    def fails_by_commands(self) -> bool:
        """Whether an unreachable system shows in commands that fail."""
        return self.can.commands and self.under_test.system.unreachable is None

    @contextlib.contextmanager
    def unreachable(self, trouble: Trouble = Trouble.FAILS) -> Iterator[None]:
        """Make the system, the scheduler's commands or its methods fail within the context."""
        if self.under_test.system.unreachable is not None:
            with self.under_test.system.unreachable():
                yield
        elif self.fails_by_commands:
            with self.commands.failing(trouble):
                yield
        else:
            self.instrument.unreachable = True
            try:
                yield
            finally:
                self.instrument.unreachable = False

    async def outlast(self, xqute: Xqute, promise: Promise) -> None:
        """Wait so long that a job that is taken to be gone would have failed."""
        end = time.monotonic() + 1.5 * xqute.scheduler.result_grace
        await self.asked(3, xqute, promise)
        with anyio.move_on_after(end - time.monotonic()):
            await anyio.sleep_forever()
        await self.asked(2, xqute, promise)

    async def asked(self, times: int, xqute: Xqute, promise: Promise) -> None:
        """Wait for more calls of `job_states`; cause them if the scheduler does not poll."""
        wanted = self.instrument.calls["job_states"] + times

        def enough() -> bool:
            if not xqute.scheduler.polls:
                xqute.scheduler.changed.set()
            return self.instrument.calls["job_states"] >= wanted

        await self.until(enough, promise, "the scheduler is asked no more")

    # --- the end ---

    async def clear(self) -> None:
        """End all jobs, producers and controllers of the test."""
        self.commands.trouble, self.instrument.unreachable = None, False
        self.open("stop")
        for controller in self._controllers:
            controller.kill()
        for xqute in self._producers:
            await self._end(xqute)
        for lifeline in self._lifelines:
            lifeline.close()

    async def _end(self, xqute: Xqute) -> None:
        if any(not job.status.terminal for job in xqute.jobs):
            # The test has failed, maybe because of the scheduler: do not call that any more.
            self.instrument.abandoned = True
            xqute.scheduler.changed.set()
        errors = (Exception, KeyboardInterrupt, SystemExit)
        with contextlib.suppress(*errors), anyio.move_on_after(_LEAVE_AFTER):
            await xqute.run_until_complete()


def exists(path: Path) -> bool:
    """Return whether a file exists and is not empty."""
    try:
        return os.stat(path).st_size > 0
    except FileNotFoundError:
        return False
