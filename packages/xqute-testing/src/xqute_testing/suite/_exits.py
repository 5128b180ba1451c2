"""The exit status is that of the command, and a failure says its reason."""

from __future__ import annotations

import pytest

from xqute import FailureKind, Job, JobStatus
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage

_STATUS = Promise(
    "docs/on-disk.md: The files of a job",
    "`rc` is the exit status of the command, 128 + n for signal n",
)
_USAGE = Promise("Scheduler.usage", "the wall time of a job with a result is known")
_WHY = Promise("README.md: When a job fails; FailureKind", "a failed job says why it failed")


def _check(job: Job, rc: int, kind: FailureKind | None) -> None:
    assert job.rc == rc, _STATUS.broken(f"{job!r} has {job.rc}, not {rc}: {job.failure}")
    seen = job.failure.kind if job.failure else None
    assert seen is kind, _WHY.broken(f"{job!r} has {job.failure}, not {kind}")
    wanted = JobStatus.FAILED if rc else JobStatus.FINISHED
    assert job.status is wanted, _STATUS.broken(f"{job!r} is not {wanted.value}")


class ExitStatuses(Suite):
    """The exit status is that of the command, and a failure says its reason."""

    @quick
    async def test_each_status_is_the_commands_own(self, stage: Stage) -> None:
        """Also those that mean something to a batch system, such as 99 and 100."""
        statuses = (0, 1, 2, 73, 74, 75, 77, 99, 100, 124, 126, 127, 128, 255)
        jobs = await stage.run(*(stage.shell(f"exit {rc}") for rc in statuses), scheduler_forks=3)
        for job, rc in zip(jobs, statuses, strict=True):
            _check(job, rc, FailureKind.EXIT if rc else None)

    @quick
    @pytest.mark.parametrize(("signal", "number"), [("TERM", 15), ("KILL", 9), ("SEGV", 11)])
    async def test_a_signal_is_told_as_such(self, stage: Stage, signal: str, number: int) -> None:
        """A command kills itself with a signal, and the wrapped script notices that."""
        (job,) = await stage.run(["sh", "-c", f"ulimit -c 0; kill -{signal} $$"])
        _check(job, 128 + number, FailureKind.SIGNAL)

    @quick
    async def test_a_program_that_is_not_there(self, stage: Stage) -> None:
        """The command fails, not the scheduler."""
        (job,) = await stage.run([stage.work / "no such program"])
        _check(job, 127, FailureKind.EXIT)
        said = await job.stderr()
        assert "no such program" in said, _WHY.broken(f"job.stderr says only {said!r}")

    @needs("timeouts")
    async def test_a_command_that_is_over_its_timeout(self, stage: Stage) -> None:
        """It is killed."""
        xqute = stage.producer(kill_grace=0.2)
        job = await xqute.push(stage.shell(f"{stage.until_open('never')}"), timeout=0.2)
        await stage.complete(xqute)
        kind = job.failure.kind if job.failure else None
        assert kind is FailureKind.TIMEOUT, _WHY.broken(f"{job!r} ended: {job.failure}")

    @quick
    @needs("usage")
    async def test_it_is_known_how_long_a_job_ran(self, stage: Stage) -> None:
        """The job sleeps for 50 ms."""
        (job,) = await stage.run(["sleep", "0.05"])
        wall = (job.usage and job.usage.wall) or 0.0
        assert wall >= 0.04, _USAGE.broken(f"{job!r} slept for 0.05 s, and used {job.usage}")
