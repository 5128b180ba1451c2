"""What a job has used."""

import resource
import time

import pytest

from xqute import ProcessIdentity

pytestmark = pytest.mark.anyio

BUSY = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"


async def test_wall_time(producer):
    async with producer() as xqute:
        job = await xqute.push(["sleep", "0.2"])
    assert 0.2 <= job.usage.wall < 5


async def test_wall_time_when_the_controller_is_held_up_at_the_start(producer, monkeypatch):
    made = ProcessIdentity.made

    def slow(start):
        identity = made(start)
        time.sleep(0.1)
        return identity

    monkeypatch.setattr(ProcessIdentity, "made", slow)
    async with producer() as xqute:
        job = await xqute.push(["sleep", "0.2"])
    assert job.usage.wall >= 0.2


async def test_processor_time_of_the_command(producer):
    async with producer(scheduler_forks=2) as xqute:
        busy = await xqute.push(["sh", "-c", BUSY])
        idle = await xqute.push(["sleep", "0.2"])
    assert busy.usage.cpu > 0.05
    assert idle.usage.cpu < busy.usage.cpu


async def test_peak_memory_of_the_command(producer):
    # Below the size of this process nothing is known.
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + 100_000_000
    async with producer() as xqute:
        job = await xqute.push(["python3", "-c", f"b = bytearray({size})"])
    assert size < job.usage.peak_memory < size + 200_000_000


async def test_peak_memory_of_a_small_command_is_not_that_of_the_controller(producer):
    # A process starts with the size of its parent, which the kernel counts as its peak.
    async with producer() as xqute:
        job = await xqute.push(["true"])
    assert job.usage.peak_memory is None


async def test_where_it_ran(producer):
    async with producer() as xqute:
        job = await xqute.push(["hostname"])
    assert job.usage.host == (await job.stdout()).strip()


async def test_a_failure_has_used_something_too(producer):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", f"{BUSY}; exit 3"])
    assert job.rc == 3
    assert job.usage.cpu > 0.05


async def test_a_timeout_has_used_something_too(producer):
    async with producer() as xqute:
        job = await xqute.push(["sleep", "60"], timeout=0.2)
    assert 0.2 <= job.usage.wall < 5


async def test_a_job_taken_up_has_what_its_script_has_measured(left_running, producer, folder):
    cmd = ["sh", "-c", f"until [ -e gate ]; do sleep 0.01; done; {BUSY}"]
    await left_running({"cmd": cmd})
    async with producer() as xqute:
        job = await xqute.push(cmd)
        (folder / "gate").touch()
    assert job.resumed
    assert job.usage.wall > 0.05
    assert job.usage.cpu > 0.05


async def test_a_job_collected_has_what_its_script_has_measured(producer):
    cmd = ["sh", "-c", BUSY]
    async with producer() as xqute:
        await xqute.push(cmd)
    async with producer(job_resume=True) as xqute:
        job = await xqute.push(cmd)
    assert job.resumed
    assert job.usage.wall > 0.05
    assert job.usage.cpu > 0.05
