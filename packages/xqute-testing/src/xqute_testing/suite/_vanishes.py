"""A job that vanishes without a result fails within a stated time."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from xqute import FailureKind, Job, JobStatus
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage, exists

_BOUND = Promise(
    "Scheduler.result_grace; Scheduler.max_interval",
    "a job that is gone without a result has failed within the grace and two intervals",
)
_NEVER = Promise(
    "README.md: When a job fails; FailureKind",
    "a job that is gone before its command has started fails as such",
)
_LOST = Promise(
    "README.md: When a job fails; FailureKind",
    "a job that died without a result has failed, without an exit status",
)
_ACCOUNT = Promise("Scheduler.accounts", "the usage of a job without a result is known")
_ALIVE = Promise("Scheduler.job_is_running", "a job that runs is not given up")
_RERUN = Promise(
    "Job.render_script", "a job that the system starts again by itself goes on as the same job"
)
# Seconds beyond the promised bound, since the host of the tests may be slow.
_SLACK = 15.0
#: Failure kinds without a result. Some schedulers know more than others about the reason.
_GONE = {*FailureKind} - {FailureKind.EXIT, FailureKind.TIMEOUT, FailureKind.REJECTED}


class Vanishes(Suite):
    """A job that vanishes without a result fails within a stated time."""

    @quick
    async def test_before_its_script_has_begun(self, stage: Stage) -> None:
        """Its script ends before its first line."""
        stage.instrument.probe = lambda job: None if job.index else "exit 0"
        xqute = stage.producer(scheduler_forks=2)
        jobs = [await xqute.push(stage.shell(f"echo {i} >>ledger")) for i in range(2)]
        await _ended(stage, jobs[0])
        _check(jobs[0], _NEVER)
        await stage.complete(xqute)
        assert stage.lines() == ["1"], _NEVER.broken(f"those that ran are {stage.lines()}")

    @needs("lose", "hold")
    async def test_while_it_waits(self, stage: Stage) -> None:
        """The system forgets the job before it has started."""
        system = stage.under_test.system
        assert system.hold is not None
        assert system.lose is not None
        xqute = stage.producer()
        with system.hold():
            job = await xqute.push(stage.shell("echo ran >>ledger"))
            await stage.until_status(job, JobStatus.SUBMITTED, _NEVER)
            system.lose(job.uid or "")
            await _ended(stage, job)
        kind = job.failure.kind if job.failure else None
        assert kind is FailureKind.NEVER_STARTED, _NEVER.broken(f"{job!r} ended: {job.failure}")
        await stage.complete(xqute)
        assert stage.lines() == [], _NEVER.broken("its command has run")

    @needs("same_host")
    async def test_while_it_runs(self, stage: Stage) -> None:
        """Its script and its command are killed with SIGKILL, as when memory runs out."""
        await self._killed_hard(stage)

    @needs("same_host", "accounting")
    async def test_what_it_has_used_is_known(self, stage: Stage) -> None:
        """The usage comes from the accounting of the system."""
        job = await self._killed_hard(stage)
        assert job.usage is not None, _ACCOUNT.broken(f"{job!r} has no usage")

    @needs("lose")
    async def test_while_it_runs_and_the_system_forgets_it(self, stage: Stage) -> None:
        """The job and its processes vanish from the system."""
        system = stage.under_test.system
        assert system.lose is not None
        xqute = stage.producer()
        job = await xqute.push(stage.shell(stage.until_open("never")))
        await stage.until_status(job, JobStatus.RUNNING, _LOST)
        system.lose(job.uid or "")
        await _ended(stage, job)
        _check(job, _LOST)
        await stage.complete(xqute)

    async def test_one_that_runs_longer_than_the_bound_is_not_given_up(self, stage: Stage) -> None:
        """The bound applies only to jobs that are gone."""
        xqute = stage.producer()
        job = await xqute.push(stage.shell(stage.until_open("gate")))
        await stage.until_status(job, JobStatus.RUNNING, _ALIVE)
        await stage.outlast(xqute, _ALIVE)
        assert not job.status.terminal, _ALIVE.broken(f"{job!r} ended: {job.failure}")
        stage.open("gate")
        await stage.complete(xqute)
        assert job.status is JobStatus.FINISHED, _ALIVE.broken(f"{job!r} ended: {job.failure}")

    @needs("rerun")
    async def test_the_system_starts_it_again(self, stage: Stage) -> None:
        """As after the crash of a host: the job has left no result, so it runs again."""
        system = stage.under_test.system
        assert system.rerun is not None
        xqute = stage.producer()
        script = f"echo ran >>ledger; {stage.until_open('gate')}; echo hi"
        job = await xqute.push(stage.shell(script))
        await stage.until_status(job, JobStatus.RUNNING, _RERUN)
        await stage.until(lambda: len(stage.lines()) == 1, _RERUN, "it did not start")
        system.rerun(job.uid or "")
        await stage.until(lambda: len(stage.lines()) == 2, _RERUN, "it did not start again")
        stage.open("gate")
        await stage.complete(xqute, _RERUN)
        seen = job.status.value, await job.stdout(), job.trial_count
        assert seen == ("FINISHED", "hi\n", 0), _RERUN.broken(f"it has left {seen}: {job.failure}")

    async def _killed_hard(self, stage: Stage) -> Job:
        xqute = stage.producer()
        # The parent of the command is the script, or a shell that the script has started.
        script = f"echo $PPID $$ >pids.new; mv pids.new pids; {stage.until_open('never')}"
        job = await xqute.push(stage.shell(script))
        await stage.until(lambda: exists(stage.work / "pids"), _LOST, f"{job!r} did not start")
        await stage.until_status(job, JobStatus.RUNNING, _LOST)
        for pid in map(int, (stage.work / "pids").read_text().split()):
            # The system may end what is left of a job whose script was killed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await _ended(stage, job)
        _check(job, _LOST)
        await stage.complete(xqute)
        return job


async def _ended(stage: Stage, job: Job) -> None:
    """Wait until a job that is gone has failed, no longer than promised."""
    scheduler = job.scheduler
    began = time.monotonic()
    await stage.settle([job], _BOUND)
    took = time.monotonic() - began
    bound = scheduler.result_grace + 2 * (scheduler.max_interval if scheduler.polls else 0.0)
    assert took < bound + _SLACK, _BOUND.broken(f"{job!r} took {took:.1f} s, not {bound:g} s")


def _check(job: Job, promise: Promise) -> None:
    assert job.status is JobStatus.FAILED, promise.broken(f"{job!r} has not failed")
    assert job.rc is None, promise.broken(f"it has the exit status {job.rc}, which no command had")
    assert job.failure is not None, promise.broken("it does not say why")
    assert job.failure.kind in _GONE, promise.broken(f"{job!r} ended: {job.failure}")
    assert job.failure.detail, promise.broken(f"all it says is {job.failure}")
