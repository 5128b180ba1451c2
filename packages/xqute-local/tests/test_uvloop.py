"""The main behaviours on the event loop of uvloop."""

import pytest

from xqute import FailureKind, JobStatus

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio", {"use_uvloop": True}


async def test_the_loop_is_another_one():
    import asyncio

    assert "uvloop" in type(asyncio.get_running_loop()).__module__


async def test_success_failure_and_timeout(producer):
    async with producer(scheduler_forks=3) as xqute:
        good = await xqute.push(["echo", "hi"])
        bad = await xqute.push(["sh", "-c", "exit 3"])
        late = await xqute.push(["sleep", "60"], timeout=0.1)
    assert (good.status, await good.stdout()) == (JobStatus.FINISHED, "hi\n")
    assert (bad.status, bad.rc) == (JobStatus.FAILED, 3)
    assert late.failure.kind is FailureKind.TIMEOUT


async def test_many(producer):
    async with producer(scheduler_forks=8) as xqute:
        for _ in range(300):
            await xqute.push(["true"])
    assert {job.status for job in xqute.jobs} == {JobStatus.FINISHED}


async def test_a_kill_ends_the_whole_tree(producer, until, read, folder, lives):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", "sleep 60 & echo $! >child; wait"])
        child = await until(lambda: read(folder / "child"))
        await job.kill()
    assert job.status is JobStatus.KILLED
    assert not lives(child)


async def test_what_a_former_run_left_is_taken_up(left_running, producer, folder):
    cmd = ["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"]
    await left_running({"cmd": cmd})
    async with producer() as xqute:
        job = await xqute.push(cmd)
        (folder / "gate").touch()
    assert job.resumed
    assert job.status is JobStatus.FINISHED
