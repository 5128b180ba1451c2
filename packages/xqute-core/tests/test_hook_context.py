"""Which job the running hook was called for."""

import asyncio

import anyio
import pytest

from xqute import JobStatus
from xqute._hook_context import job_of_hook

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("hook", ["on_job_init", "on_job_queued", "on_job_succeeded"])
async def test_a_hook_of_a_job_is_called_for_that_job(make, plugin, hook):
    seen = []

    async def note(scheduler, job):
        seen.append(job_of_hook.get())

    async with make(plugins=[plugin(hook, note)]) as xqute:
        first, second = await xqute.push(["exit", 0]), await xqute.push(["exit", 0])
        assert job_of_hook.get() is None
    assert sorted(job.index for job in seen) == [first.index, second.index]


async def test_a_hook_of_the_run_is_called_for_none(make, plugin):
    seen = []

    async def note(scheduler):
        seen.append(job_of_hook.get())

    async with make(plugins=[plugin("on_init", note), plugin("on_complete", note)]) as xqute:
        await xqute.push(["exit", 0])
    assert seen == [None, None]


async def test_a_task_that_a_hook_starts_may_wait_for_another_job_alone(make, plugin):
    tasks = []

    async def start(scheduler, job):
        if job.index == 0:
            tasks.append(asyncio.create_task(other_and_own(job)))

    async def other_and_own(job):
        await xqute.push(["exit", 0])
        await xqute.jobs[1].wait()
        with pytest.raises(Exception, match="would wait for itself"):
            await job.wait()

    async with make(plugins=[plugin("on_job_succeeded", start)]) as xqute:
        job = await xqute.push(["exit", 0])
        await job.wait()
        with anyio.fail_after(5):
            await tasks[0]
    assert [job.status for job in xqute.jobs] == [JobStatus.FINISHED] * 2
