"""A thousand jobs at once."""

import asyncio
import time

import pytest

from xqute import JobStatus

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]


async def test_a_thousand_run_at_once_and_are_killed_at_once(producer, until, left_over):
    async with producer(scheduler_forks=1000) as xqute:
        jobs = [await xqute.push(["sleep", "600"]) for _ in range(1000)]
        await until(lambda: all(job.status is JobStatus.RUNNING for job in jobs))
        began = time.monotonic()
        await asyncio.gather(*[job.kill() for job in jobs])
        took = time.monotonic() - began
    assert {job.status for job in jobs} == {JobStatus.KILLED}
    assert left_over() == set()
    assert took < 10  # It took 16 s when each job was looked after by itself.


async def test_two_hundred_that_ignore_sigterm(producer, until, read, folder, left_over):
    deaf = ["sh", "-c", "trap '' TERM; echo >>deaf; sleep 600; sleep 600"]
    async with producer(scheduler_forks=200, kill_grace=0.5) as xqute:
        jobs = [await xqute.push(deaf) for _ in range(200)]
        await until(lambda: len(read(folder / "deaf")) == 200)
        await asyncio.gather(*[job.kill() for job in jobs])
    assert left_over() == set()
