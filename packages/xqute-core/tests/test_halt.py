"""The strategy 'halt', while the hooks of the failure are being called."""

import asyncio

import pytest

from xqute import Halted, JobStatus, simplug

pytestmark = pytest.mark.anyio


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
    assert [job.status for job in xqute.jobs[1:]] == [JobStatus.CANCELLED] * 2
    assert xqute.scheduler.submitted == [0]
