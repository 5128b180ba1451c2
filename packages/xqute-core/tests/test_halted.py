"""The strategy 'halt', while the hooks of the failure are being called."""

import asyncio

import pytest

from xqute import Halted, JobStatus, simplug

pytestmark = pytest.mark.anyio
S = JobStatus


class Slow:
    """A plugin that takes its time to hear of a failure."""

    @simplug.impl
    async def on_job_failed(self, scheduler, job):
        for _ in range(100):
            await asyncio.sleep(0)


async def test_nothing_is_submitted_while_a_failure_is_told(make):
    xqute = make(job_error_strategy="halt", plugins=[Slow()])
    for _ in range(3):
        await xqute.push(["exit", 1])
    with pytest.raises(Halted) as halted:
        await xqute.run_until_complete()
    assert halted.value.job is xqute.jobs[0]
    assert [job.status for job in xqute.jobs[1:]] == [S.CANCELLED] * 2
    assert xqute.scheduler.submitted == [0]


async def test_a_push_after_a_failure_raises_when_the_other_jobs_are_gone(make, until, consumer_of):
    xqute = make(job_error_strategy="halt", scheduler_forks=2)
    other = await xqute.push(["run"])
    await until(lambda: other.status is S.RUNNING)
    await xqute.push(["exit", 1])
    await until(lambda: consumer_of(xqute).state.halted)
    with pytest.raises(Halted):
        await xqute.push(["exit", 0])
    assert other.status is S.KILLED
    with pytest.raises(Halted):
        await xqute.run_until_complete()


class Pushes:
    """A plugin that pushes a job when one was killed."""

    refused = 0

    @simplug.impl
    async def on_job_killed(self, scheduler, job):
        try:
            await self.xqute.push(["exit", 0])
        except Halted:
            self.refused += 1


async def test_a_push_by_a_hook_after_a_failure_raises_at_once(make, until):
    plugin = Pushes()
    plugin.xqute = xqute = make(
        job_error_strategy="halt", scheduler_forks=2, plugins=[plugin], hook_timeout=None
    )
    other = await xqute.push(["run"])
    await until(lambda: other.status is S.RUNNING)
    await xqute.push(["exit", 1])
    with pytest.raises(Halted):
        await xqute.run_until_complete()
    assert plugin.refused == 1


async def test_halt_kills_the_rest_and_raises_with_the_job(make):
    # T6
    xqute = make(job_error_strategy="halt", scheduler_forks=2)
    running = await xqute.push(["run"])
    failing = await xqute.push(["exit", 3])
    waiting = await xqute.push(["run"])
    with pytest.raises(Halted) as halted:
        await xqute.run_until_complete()
    assert halted.value.job is failing
    assert (running.status, waiting.status) == (S.KILLED, S.CANCELLED)
    assert xqute.scheduler.cluster == {}
    assert "exit status 3" in str(halted.value)


async def test_halt_names_the_first_that_failed(make):
    xqute = make(job_error_strategy="halt", scheduler_forks=1)
    for _ in range(3):
        await xqute.push(["exit", 1])
    with pytest.raises(Halted) as halted:
        await xqute.run_until_complete()
    assert halted.value.job.index == 0
    assert xqute.scheduler.submitted == [0]


async def test_halt_refuses_pushes(make, until):
    xqute = make(job_error_strategy="halt")
    await (await xqute.push(["exit", 1])).wait()
    with pytest.raises(Halted):
        await xqute.push(["exit", 0])
    with pytest.raises(Halted):
        await xqute.run_until_complete()


async def test_halt_without_a_failure_returns(make):
    xqute = make(job_error_strategy="halt")
    job = await xqute.push(["exit", 0])
    assert await xqute.run_until_complete() == [job]


async def test_halted_says_which_job_failed_and_why(make):
    xqute_ = make(job_error_strategy="halt")
    job = await xqute_.push(["exit", 3])
    with pytest.raises(Halted, match=r"job 0 failed \(EXIT: exit status 3\)") as caught:
        await xqute_.run_until_complete()
    assert caught.value.job is job
    assert str(job.metadir) in str(caught.value)
