"""A lock that a former run has left is cleared by whoever finds that the attempt is over."""

import pytest

from xqute import JobStatus

pytestmark = pytest.mark.anyio
S = JobStatus


@pytest.fixture
def left(make, until, leave):
    """Run one job until it has begun, and leave it with its lock."""

    async def left():
        xqute = make()
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        await leave(xqute)
        assert job.lock_file.exists()
        return xqute.scheduler, job

    return left


async def test_it_ends_while_it_is_looked_up(make, left, fake):
    scheduler, former = await left()

    class EndsMeanwhile(fake):
        async def find_jobs(self, jobs):
            scheduler.end(former)
            return {}

    async with make(scheduler=EndsMeanwhile) as xqute:
        job = await xqute.push(["run"])
    assert (job.status, job.rc, job.uid) == (S.FINISHED, 0, former.uid)
    assert job.lock_file.read_text() == ""


async def test_it_is_killed_while_it_is_looked_up_in_vain(make, left, fake):
    scheduler, _ = await left()

    class Killed(fake):
        async def find_jobs(self, jobs):
            scheduler.cluster.clear()
            xqute._consumer.stop()
            return {}

    async with make(scheduler=Killed) as xqute:
        job = await xqute.push(["run"])
    assert job.status is S.CANCELLED
    assert job.lock_file.read_text() == ""


async def test_it_had_ended_and_is_collected(make, left):
    scheduler, former = await left()
    scheduler.end(former)
    async with make(job_resume=True) as xqute:
        job = await xqute.push(["run"])
    assert job.status is S.FINISHED
    assert job.lock_file.read_text() == ""
