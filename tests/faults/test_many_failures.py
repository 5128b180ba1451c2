"""Ten thousand jobs fail at once."""

import logging
import time
from collections import Counter

import pytest

from xqute import FailureKind, Halted, Job, JobStatus, QueueState, Scheduler, Xqute, simplug

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
COUNT = 10_000
S = JobStatus


class ManyJob(Job):
    __slots__ = ()

    def wrap_cmd(self, scheduler):
        return "#!/bin/sh\n"


class ManyScheduler(Scheduler):
    """Reports jobs as running until all are submitted; then all fail, in one answer."""

    name = "many"
    job_class = ManyJob
    min_interval = max_interval = 0.05
    shared_files = False
    result_grace = 0.0
    asked = 0

    async def submit_job(self, job):
        return f"{job.index}.{job.trial_count}"

    async def kill_job(self, job):
        job.rc_file.write_text("143\n")

    async def job_is_running(self, job):
        raise AssertionError("nobody asks one by one")

    async def job_states(self, jobs):
        self.asked += 1
        if len(jobs) < self.forks and not self.failing:
            return dict.fromkeys(jobs, QueueState.RUNNING)
        self.failing = True
        for job in jobs:
            job.rc_file.write_text("1\n")
        return dict.fromkeys(jobs, QueueState.GONE)

    failing = False


class Calls:
    def __init__(self):
        self.count = Counter()

    @simplug.impl
    async def on_job_failed(self, scheduler, job):
        self.count["failed"] += 1

    @simplug.impl
    async def on_job_retrying(self, scheduler, job):
        self.count["retrying"] += 1


@pytest.fixture
def run(tmp_path, caplog):
    async def start(**more):
        caplog.set_level(logging.WARNING)
        calls = Calls()
        began = time.monotonic()
        async with Xqute(
            ManyScheduler,
            job_metadir=tmp_path / "jobs",
            scheduler_forks=COUNT,
            plugins=[calls],
            **more,
        ) as xqute:
            for _ in range(COUNT):
                await xqute.push(["false"])
        return xqute, calls.count, time.monotonic() - began

    return start


async def test_each_is_told_of_once(run, caplog):
    xqute, calls, took = await run()
    assert {job.status for job in xqute.jobs} == {S.FAILED}
    assert {job.failure.kind for job in xqute.jobs} == {FailureKind.EXIT}
    assert calls == {"failed": COUNT}
    (told,) = caplog.records
    assert f"{COUNT} of {COUNT} jobs failed ({COUNT} EXIT)" in told.getMessage()
    assert took < 60


async def test_each_is_retried_once(run):
    xqute, calls, took = await run(
        job_error_strategy="retry", job_num_retries=1, job_retry_delay=0.01
    )
    assert {job.trial_count for job in xqute.jobs} == {1}
    assert calls == {"failed": 2 * COUNT, "retrying": COUNT}
    assert took < 90


async def test_the_run_is_halted_once(run):
    with pytest.raises(Halted) as raised:
        await run(job_error_strategy="halt")
    assert raised.value.job.status is S.FAILED
