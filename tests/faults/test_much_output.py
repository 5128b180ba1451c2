"""A job that writes a gigabyte: it goes to its file, and costs the controller nothing."""

from pathlib import Path

import pytest

from xqute import JobStatus

pytestmark = pytest.mark.anyio
SIZE = 1_000_000_000
PAGE = 4096


def resident():
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def test_a_gigabyte(producer):
    before = resident()
    async with producer() as xqute:
        job = await xqute.push(["head", "-c", SIZE, "/dev/zero"])
        # Who follows the output holds a line at a time; this one has none.
        other = await xqute.push(["sh", "-c", f"yes | head -c {SIZE // 50}"])
        count = sum([1 async for _ in other.lines()])
    assert (job.status, job.stdout_file.stat().st_size) == (JobStatus.FINISHED, SIZE)
    assert count == SIZE // 100
    assert resident() - before < 50_000_000
    job.stdout_file.unlink()
