"""The clock is set back an hour while jobs run, or between two runs."""

import os
import time

import anyio
import pytest

from xqute import JobStatus

pytestmark = pytest.mark.anyio
S = JobStatus
HOUR = 3600


@pytest.fixture
def set_back(monkeypatch):
    """Sets this process's clock back an hour."""
    clock = time.time
    return lambda: monkeypatch.setattr(time, "time", lambda: clock() - HOUR)


async def test_while_jobs_run(producer, tmp_path, until, set_back):
    async with producer(
        scheduler_forks=2, job_error_strategy="retry", job_retry_delay=0.1
    ) as xqute:
        job = await xqute.push(["sh", "-c", "until [ -e gate ]; do sleep 0.01; done; [ -e twice ]"])
        slow = await xqute.push(["sleep", 60], timeout=1)
        await until(lambda: job.status is S.RUNNING)
        set_back()
        (tmp_path / "gate").touch()
        with anyio.fail_after(15):
            await until(lambda: job.trial_count == 1)
            (tmp_path / "twice").touch()
            await job.wait()
            await slow.kill()
    assert job.status is S.FINISHED
    assert job.usage.wall >= 0
    assert job.times[S.FINISHED] < job.times[S.INIT]


async def test_between_the_start_of_a_job_and_its_end(producer, tmp_path, until):
    cmd = ["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"]
    async with producer(scheduler_forks=2) as xqute:
        job = await xqute.push(cmd)
        await until(job.has_started)
        for path in (job.claim, job.script_path, job.status_file):
            os.utime(path, (time.time() + HOUR,) * 2)
        (tmp_path / "gate").touch()
    # A later run knows only the times of the files.
    async with producer(job_resume=True) as xqute:
        job = await xqute.push(cmd)
    assert job.resumed
    assert job.usage.wall == 0
