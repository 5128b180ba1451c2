"""While the system does not answer, no job fails or runs twice; afterwards all goes on."""

from __future__ import annotations

import asyncio

import pytest

from xqute import JobStatus
from xqute_testing.suite._base import Suite, needs
from xqute_testing.suite._commands import Trouble
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._kills import GRACE
from xqute_testing.suite._stage import Stage, exists

_NO_VERDICT = Promise(
    "Scheduler.job_states; SchedulerUnavailable",
    "'I could not ask' is not 'the job is gone': no job changes state",
)
_KILLED_LATER = Promise(
    "Scheduler.kill_job; SchedulerUnavailable", "a kill that has failed is tried again later"
)
_LATER = Promise(
    "Scheduler.submit_job; SubmitFailed; SubmitDoubtful",
    "what could not be submitted now is submitted later, and runs once",
)
TROUBLES = pytest.mark.parametrize("trouble", Trouble, ids=lambda trouble: trouble.name.lower())


class Outages(Suite):
    """While the system does not answer, no job fails or runs twice; afterwards all goes on."""

    @TROUBLES
    async def test_no_job_changes_state_meanwhile(self, stage: Stage, trouble: Trouble) -> None:
        """One job goes on, another one ends. Afterwards both have their correct status."""
        if trouble is not Trouble.FAILS and not stage.fails_by_commands:
            pytest.skip("this scheduler runs no commands that could fail in different ways")
        xqute = stage.producer(scheduler_forks=2)
        ending = await xqute.push(stage.shell(stage.until_open("first")))
        going = await xqute.push(stage.shell(f"{stage.until_open('second')}; exit 3"))
        for job in (ending, going):
            await stage.until_status(job, JobStatus.RUNNING, _NO_VERDICT)
        with stage.unreachable(trouble):
            stage.open("first")
            await stage.until(lambda: exists(ending.rc_file), _NO_VERDICT, "a job does not end")
            await stage.outlast(xqute, _NO_VERDICT)
            seen = (ending.status.value, going.status.value)
            # The end of the first may be known from its result file.
            assert seen in (("RUNNING", "RUNNING"), ("FINISHED", "RUNNING")), _NO_VERDICT.broken(
                f"while it {trouble.value} the jobs are {seen}: {ending.failure}, {going.failure}"
            )
        await stage.settle([ending], _NO_VERDICT)
        stage.open("second")
        await stage.complete(xqute, _NO_VERDICT)
        ended = [(job.status.value, job.rc) for job in (ending, going)]
        wanted = [("FINISHED", 0), ("FAILED", 3)]
        assert ended == wanted, _NO_VERDICT.broken(f"afterwards they are {ended}, not {wanted}")

    async def test_a_kill_meanwhile_is_told_later(self, stage: Stage) -> None:
        """The job goes on until the scheduler can be told to kill it."""
        xqute = stage.producer(**GRACE)
        job = await xqute.push(stage.shell(stage.until_open("never")))
        await stage.until_status(job, JobStatus.RUNNING, _KILLED_LATER)
        with stage.unreachable():
            before = stage.instrument.calls["kill_jobs"]
            killing = asyncio.create_task(job.kill())
            await stage.until(
                lambda: stage.instrument.calls["kill_jobs"] > before or job.status.terminal,
                _KILLED_LATER,
                "the scheduler was not told to kill it",
            )
        await stage.complete(xqute, _KILLED_LATER)
        await killing
        assert job.status is JobStatus.KILLED, _KILLED_LATER.broken(f"{job!r}: {job.failure}")

    @needs("commands", "claims")
    @pytest.mark.parametrize(
        "trouble", [Trouble.KILLED, Trouble.NOT_STARTED], ids=["killed", "none"]
    )
    async def test_a_submission_meanwhile_is_done_later(
        self, stage: Stage, trouble: Trouble
    ) -> None:
        """A command that is killed or does not start leaves the job in doubt."""
        xqute = stage.producer()
        first = await xqute.push(["true"])
        await stage.settle([first], _LATER)
        with stage.commands.failing(trouble):
            before = stage.commands.count
            job = await xqute.push(stage.shell("echo ran >>ledger"))
            await stage.until(
                lambda: stage.commands.count > before, _LATER, "no command is run for it"
            )
        await stage.complete(xqute, _LATER)
        assert job.status is JobStatus.FINISHED, _LATER.broken(f"{job!r} ended: {job.failure}")
        assert stage.lines() == ["ran"], _LATER.broken(f"it ran {len(stage.lines())} times")
