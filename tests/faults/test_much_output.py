"""A job writes a gigabyte: the output goes to its file, and costs the controller nothing."""

import tracemalloc

import pytest

from xqute import JobStatus

pytestmark = pytest.mark.anyio
SIZE = 1_000_000_000
FOLLOWED = 20_000_000


@pytest.fixture
def peak():
    """Return the peak memory of Python since the test began, in bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


async def test_a_gigabyte(producer, peak):
    async with producer() as xqute:
        job = await xqute.push(["head", "-c", SIZE, "/dev/zero"])
    assert (job.status, job.stdout_file.stat().st_size) == (JobStatus.FINISHED, SIZE)
    assert peak() < 5_000_000
    job.stdout_file.unlink()


async def test_who_follows_much_output_holds_little_of_it(producer, peak):
    text, count = "y" * 99, 0
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", f"yes {text} | head -c {FOLLOWED}"])
        await job.wait()
        async for line in job.lines():
            assert line == text
            count += 1
    assert count == FOLLOWED // 100
    assert peak() < 5_000_000
