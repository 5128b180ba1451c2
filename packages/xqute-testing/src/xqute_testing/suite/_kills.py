"""A kill ends a job with all its processes, and no other job."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from xqute import Job, JobStatus, Xqute
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._lifeline import Lifeline
from xqute_testing.suite._lives import BEGUN
from xqute_testing.suite._stage import Stage

KILL = Promise(
    "Scheduler.kill_job", "the job is ended with all its processes, its children included"
)
_ALONE = Promise("Scheduler.kill_job", "the job `job.uid` is ended, and no other one")
_TWICE = Promise("Scheduler.kill_job", "it may be called again, and for a job that has ended")
_UNSEEN = Promise("Scheduler.kill_job", "a job that is killed before its script begins never runs")
_TOLD = Promise(
    "docs/architecture.md: The states",
    "a job that was killed is KILLED, once it has left the scheduler",
)
#: Options: a short time between SIGTERM and SIGKILL, for schedulers that send both.
GRACE = {"kill_grace": 0.3}

# A shell that ignores signals, with a child and a grandchild in the background that do so too. Each
# reports that it runs, and then waits until it is killed or the test is over.
STUBBORN = """
trap '' TERM HUP INT
exec 9>life
(
    (echo grandchild >&9; {wait}) &
    echo child >&9; {wait}
) &
echo parent >&9; {wait}
"""
# The same without ignored signals and without the grandchild.
MEEK = """
exec 9>life
(echo child >&9; {wait}) &
echo parent >&9; {wait}
"""


async def started(stage: Stage, script: str, **options: object) -> tuple[Xqute, Job, Lifeline]:
    """Start a job with one of these scripts, and wait until all its processes run."""
    life = stage.lifeline()
    xqute = stage.producer(**GRACE, **options)
    job = await xqute.push(stage.shell(script.format(wait=stage.until_open("never"))))
    words = [word for word in ("parent", "child", "grandchild") if f"echo {word}" in script]
    await stage.until(lambda: life.heard(*words), KILL, "its processes did not start")
    await stage.until_status(job, JobStatus.RUNNING, KILL)
    return xqute, job, life


async def gone(stage: Stage, life: Lifeline, promise: Promise = KILL) -> None:
    """Wait until all processes of a job have ended."""
    await stage.until(
        lambda: not life.held(), promise, f"of {life.said} at least one is still there"
    )


async def kill(stage: Stage, job: Job) -> bool:
    """Kill a job. Fail the test if the job is not gone in time."""
    with anyio.move_on_after(stage.under_test.wait_limit) as scope:
        killed = await job.kill()
    if scope.cancelled_caught:
        stage.fail(KILL, f"{job!r} was to be killed, and is not gone")
    return killed


async def kill_all(stage: Stage, jobs: Sequence[Job]) -> None:
    """Kill jobs at the same time. Fail the test if they are not gone in time."""
    with anyio.move_on_after(stage.under_test.wait_limit) as scope:
        async with anyio.create_task_group() as tasks:
            for job in jobs:
                tasks.start_soon(job.kill)
    # Not within the task group, which would wrap the failure into an exception group.
    if scope.cancelled_caught:
        left = [job for job in jobs if not job.status.terminal]
        stage.fail(KILL, f"{left} were to be killed, and are not gone")


class Kills(Suite):
    """A kill ends a job with all its processes, and no other job."""

    @quick
    @needs("same_host")
    async def test_a_job_with_children_in_the_background(self, stage: Stage) -> None:
        """All of them are gone when the job is killed."""
        xqute, job, life = await started(stage, MEEK)
        assert await kill(stage, job), KILL.broken(f"{job!r} was not killed")
        await gone(stage, life)
        assert job.status is JobStatus.KILLED, _TOLD.broken(f"{job!r}")
        await stage.complete(xqute)
        seen = stage.recorder.of(job)
        assert seen == [*BEGUN, "killing", "killed"], _TOLD.broken(f"its hooks were {seen}")

    @needs("same_host")
    async def test_a_job_that_ignores_signals(self, stage: Stage) -> None:
        """The job and its children ignore SIGTERM, so they need SIGKILL."""
        xqute, job, life = await started(stage, STUBBORN)
        assert await kill(stage, job), KILL.broken(f"{job!r} was not killed")
        await gone(stage, life)
        await stage.complete(xqute)

    @quick
    @needs("parallel")
    async def test_only_the_job_that_is_meant(self, stage: Stage) -> None:
        """Three jobs run, and the one in the middle is killed."""
        xqute = stage.producer(scheduler_forks=3, **GRACE)
        wait = stage.until_open("gate")
        jobs = [await xqute.push(stage.shell(f"{wait}; echo {i} >>ledger")) for i in range(3)]
        for job in jobs:
            await stage.until_status(job, JobStatus.RUNNING, _ALONE)
        await kill(stage, jobs[1])
        stage.open("gate")
        await stage.complete(xqute, _ALONE)
        seen = [job.status.value for job in jobs], sorted(stage.lines())
        wanted = ["FINISHED", "KILLED", "FINISHED"], ["0", "2"]
        assert seen == wanted, _ALONE.broken(
            f"job 1 was killed, and the statuses and results are {seen}"
        )

    @quick
    async def test_a_job_that_has_ended_by_itself(self, stage: Stage) -> None:
        """The scheduler is told twice to kill a job that is gone; nothing happens."""
        xqute = stage.producer()
        job = await xqute.push(["true"])
        await stage.settle([job], _TWICE)
        other = await xqute.push(stage.shell(stage.until_open("gate")))
        await stage.until_status(other, JobStatus.RUNNING, _TWICE)
        try:
            await xqute.scheduler.kill_job(job)
            await xqute.scheduler.kill_job(job)
        except Exception as error:  # noqa: BLE001  # whatever it is, it breaks the promise
            stage.fail(_TWICE, f"kill_job raised {error!r} for a job that has ended: {job!r}")
        stage.open("gate")
        await stage.complete(xqute)
        assert other.status is JobStatus.FINISHED, _ALONE.broken(f"{other!r}: {other.failure}")

    @quick
    async def test_a_job_whose_script_has_not_begun(self, stage: Stage) -> None:
        """Its script waits before its first line."""
        stage.instrument.probe = lambda _: stage.until_open("begin")
        xqute = stage.producer(**GRACE)
        job = await xqute.push(stage.shell("echo ran >>ledger"))
        await stage.until_status(job, JobStatus.SUBMITTED, _UNSEEN)
        await kill(stage, job)
        stage.open("begin")
        await stage.complete(xqute)
        assert stage.lines() == [], _UNSEEN.broken(f"the command of {job!r} has run")
        assert job.status is JobStatus.KILLED, _TOLD.broken(f"{job!r}: {job.failure}")

    @quick
    async def test_a_job_that_waits_in_the_queue(self, stage: Stage) -> None:
        """The scheduler never gets the job."""
        xqute = stage.producer()
        first = await xqute.push(stage.shell(stage.until_open("gate")))
        second = await xqute.push(stage.shell("echo ran >>ledger"))
        await stage.until_status(first, JobStatus.RUNNING, _TOLD)
        await kill(stage, second)
        assert second.status is JobStatus.CANCELLED, _TOLD.broken(f"{second!r}")
        stage.open("gate")
        await stage.complete(xqute)
        assert stage.lines() == [], _UNSEEN.broken(f"the command of {second!r} has run")

    @quick
    async def test_a_hook_may_veto_it(self, stage: Stage) -> None:
        """Then the job goes on until it ends by itself."""
        stage.recorder.vetoes.add("killing")
        xqute = stage.producer()
        job = await xqute.push(stage.shell(stage.until_open("gate")))
        await stage.until_status(job, JobStatus.RUNNING, _TOLD)
        assert not await kill(stage, job), _TOLD.broken("job.kill() returned True despite the veto")
        stage.open("gate")
        await stage.complete(xqute)
        assert job.status is JobStatus.FINISHED, _ALONE.broken(f"{job!r}: {job.failure}")

    async def test_many_at_once(self, stage: Stage) -> None:
        """Some of them run, others wait."""
        xqute = stage.producer(scheduler_forks=3, **GRACE)
        script = f"echo up >>ledger; {stage.until_open('never')}; echo over >>ledger"
        jobs = [await xqute.push(stage.shell(script)) for _ in range(6)]
        await stage.until(stage.lines, KILL, "no job has started")
        await kill_all(stage, jobs)
        await stage.complete(xqute, KILL)
        states = {job.status.value for job in jobs}
        assert states <= {"KILLED", "CANCELLED"}, KILL.broken(f"six killed jobs are {states}")
