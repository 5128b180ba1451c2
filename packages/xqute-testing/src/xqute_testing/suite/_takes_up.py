"""When a controller dies, jobs go on, the next one takes them up, and none runs twice."""

from __future__ import annotations

from typing import Any

import pytest

from xqute import JobStatus, MetadirConflict
from xqute_testing.suite._base import Suite, needs
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._controllers import Controller
from xqute_testing.suite._kills import GRACE, MEEK, gone, kill
from xqute_testing.suite._stage import Stage, exists

_WRITTEN = "README.md: When the controller ends before its jobs"
_GOES_ON = Promise(_WRITTEN, "a job goes on when its controller is dead")
_TAKEN_UP = Promise(
    "Scheduler.find_jobs; Scheduler.job_is_running",
    "a job of a former run that is still there is taken up",
)
_ONCE = Promise(_WRITTEN, "no job runs twice, and none is lost, when the controller dies")
_COLLECTED = Promise(
    "docs/on-disk.md: At a restart", "with job_resume what has succeeded is not run again"
)
_CONFLICT = Promise(
    "docs/on-disk.md: At a restart", "while another job of its index still runs, a push raises"
)
_INTERRUPT = Promise("README.md: Signals", "SIGINT kills all jobs, or with 'detach' leaves them")


class TakesUp(Suite):
    """When a controller dies, jobs go on, the next one takes them up, and none runs twice."""

    @needs("detach")
    async def test_a_job_that_has_ended_meanwhile(self, stage: Stage) -> None:
        """It ends while there is no controller. The next one collects it instead of running it."""
        cmd = stage.shell(f"echo ran >>ledger; {stage.until_open('gate')}; sleep 0.3")
        await _crashed(stage, cmd)
        stage.open("gate")
        await stage.until(
            lambda: exists(stage.metadir / "0/job.rc"), _GOES_ON, "it has left no result"
        )
        xqute = stage.producer(job_resume=True)
        job = await xqute.push(cmd)
        await stage.complete(xqute)
        assert (job.status, job.rc) == (JobStatus.FINISHED, 0), _COLLECTED.broken(f"{job!r}")
        assert stage.lines() == ["ran"], _COLLECTED.broken(f"it ran {len(stage.lines())} times")
        assert stage.recorder.of(job) == ["init", "succeeded"], _COLLECTED.broken(
            f"its hooks were {stage.recorder.of(job)}"
        )

    @needs("detach")
    async def test_a_job_that_still_runs(self, stage: Stage) -> None:
        """Its id, its output and its exit status are those of the same job."""
        cmd = stage.shell(
            f"echo ran >>ledger; echo up; {stage.until_open('gate')}; echo hi; exit 3"
        )
        uid = await _crashed(stage, cmd)
        xqute = stage.producer()
        job = await xqute.push(cmd)
        await stage.until_status(job, JobStatus.RUNNING, _TAKEN_UP)
        assert job.resumed, _TAKEN_UP.broken(f"{job!r} was started anew")
        assert job.uid == uid, _TAKEN_UP.broken(f"its id was {uid!r}, and is {job.uid!r} now")
        stage.open("gate")
        await stage.complete(xqute, _TAKEN_UP)
        assert stage.lines() == ["ran"], _ONCE.broken(f"it ran {len(stage.lines())} times")
        seen = job.rc, await job.stdout(), job.trial_count
        assert seen == (3, "up\nhi\n", 0), _TAKEN_UP.broken(f"{job!r} has left {seen}")

    @needs("detach")
    async def test_a_job_that_fails_while_it_is_taken_up(self, stage: Stage) -> None:
        """Its end is noticed although another process has submitted it."""
        cmd = stage.shell(f"echo ran >>ledger; {stage.until_open('gate')}; kill -9 $$")
        await _crashed(stage, cmd)
        stage.open("gate")
        xqute = stage.producer()
        job = await xqute.push(cmd)
        await stage.complete(xqute, _TAKEN_UP)
        # If it has ended before it could be taken up, it is run again, and ends the same way.
        assert job.rc == 137, _TAKEN_UP.broken(f"{job!r} ended: {job.failure}")

    @needs("detach", "same_host")
    async def test_a_job_that_was_taken_up_can_be_killed(self, stage: Stage) -> None:
        """All its processes are killed."""
        life = stage.lifeline()
        cmd = stage.shell(MEEK.format(wait=stage.until_open("never")))
        await _crashed(stage, cmd, **GRACE)
        xqute = stage.producer(**GRACE)
        job = await xqute.push(cmd)
        await stage.until_status(job, JobStatus.RUNNING, _TAKEN_UP)
        await kill(stage, job)
        await gone(stage, life)
        await stage.complete(xqute)
        assert job.status is JobStatus.KILLED, _TAKEN_UP.broken(f"{job!r}: {job.failure}")

    @needs("detach")
    async def test_another_job_in_its_place(self, stage: Stage) -> None:
        """A push of another job raises while the first one runs."""
        cmd = stage.shell(f"echo ran >>ledger; {stage.until_open('gate')}")
        uid = await _crashed(stage, cmd)
        xqute = stage.producer()
        with pytest.raises(MetadirConflict) as conflict:
            await xqute.push(["echo", "another"])
        assert uid in str(conflict.value), _CONFLICT.broken(f"it says only {conflict.value}")
        job = await xqute.push(cmd)
        stage.open("gate")
        await stage.complete(xqute)
        assert stage.lines() == ["ran"], _ONCE.broken(f"it ran {len(stage.lines())} times")
        assert job.status is JobStatus.FINISHED, _CONFLICT.broken(f"{job!r}: {job.failure}")

    @needs("detach")
    async def test_many_jobs_in_every_state(self, stage: Stage) -> None:
        """Some jobs have ended, some run and some wait when the controller dies."""
        quick = [stage.shell(f"echo {i} >>ledger") for i in range(3)]
        wait = stage.until_open("gate")
        slow = [stage.shell(f"echo {i} >>ledger; {wait}") for i in range(3, 9)]
        controller = stage.controller([{"cmd": cmd} for cmd in [*quick, *slow]], scheduler_forks=2)
        await stage.until(lambda: len(stage.lines()) >= 4, _ONCE, f"ran: {stage.lines()}")
        controller.kill()
        xqute = stage.producer(job_resume=True, scheduler_forks=2)
        jobs = [await xqute.push(cmd) for cmd in [*quick, *slow]]
        stage.open("gate")
        await stage.complete(xqute, _ONCE)
        ran = sorted(map(int, stage.lines()))
        assert ran == list(range(9)), _ONCE.broken(f"of jobs 0 to 8 those that ran are {ran}")
        states = {job.status.value for job in jobs}
        assert states == {"FINISHED"}, _ONCE.broken(f"they are {states}")

    @needs("detach", "claims")
    async def test_a_controller_that_dies_before_it_knows_the_id(self, stage: Stage) -> None:
        """The job was submitted, but its id was not saved."""
        cmd = stage.shell("echo ran >>ledger; echo hi")
        controller = stage.controller([{"cmd": cmd}], dies=True)
        await stage.until(controller.ended, _ONCE, "the controller did not die")
        xqute = stage.producer(job_resume=True)
        job = await xqute.push(cmd)
        await stage.complete(xqute, _ONCE)
        assert stage.lines() == ["ran"], _ONCE.broken(f"it ran {len(stage.lines())} times")
        assert job.status is JobStatus.FINISHED, _ONCE.broken(f"{job!r}: {job.failure}")

    @needs("detach", "same_host")
    async def test_an_interrupt_kills_all(self, stage: Stage) -> None:
        """The controller gets SIGINT, and ends once its jobs are gone."""
        life = stage.lifeline()
        cmd = stage.shell(MEEK.format(wait=stage.until_open("never")))
        controller = await _started(stage, cmd, **GRACE)
        controller.interrupt()
        await stage.until(controller.ended, _INTERRUPT, "the controller did not end")
        assert controller.process.returncode != 0, _INTERRUPT.broken("it ended with status 0")
        await gone(stage, life, _INTERRUPT)

    @needs("detach")
    async def test_an_interrupt_with_detach_leaves_all(self, stage: Stage) -> None:
        """The next controller takes them up."""
        cmd = stage.shell(f"echo ran >>ledger; {stage.until_open('gate')}; exit 5")
        controller = await _started(stage, cmd, on_interrupt="detach")
        controller.interrupt()
        await stage.until(controller.ended, _INTERRUPT, "the controller did not end")
        xqute = stage.producer()
        job = await xqute.push(cmd)
        await stage.until_status(job, JobStatus.RUNNING, _INTERRUPT)
        stage.open("gate")
        await stage.complete(xqute)
        seen = job.rc, stage.lines()
        assert seen == (5, ["ran"]), _INTERRUPT.broken(f"its status and its runs are {seen}")


async def _started(stage: Stage, cmd: list[str], **options: Any) -> Controller:
    """Start a controller, and wait until its only job runs and the id is saved."""
    controller = stage.controller([{"cmd": cmd}], **options)
    status, lock = stage.metadir / "0/job.status", stage.metadir / "0/job.lock"
    await stage.until(
        lambda: exists(status) and exists(lock), _GOES_ON, "the job of a controller did not start"
    )
    return controller


async def _crashed(stage: Stage, cmd: list[str], **options: Any) -> str:
    """Start a job, kill its controller, and return the id of the job."""
    controller = await _started(stage, cmd, **options)
    controller.kill()
    return (stage.metadir / "0/job.lock").read_text().strip()
