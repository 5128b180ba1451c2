"""In which thread the files of jobs are touched."""

import threading
from types import SimpleNamespace

import pytest

from xqute import FailureKind, JobStatus, SubmitDoubtful
from xqute._file_access import with_files

pytestmark = pytest.mark.anyio
S = JobStatus


@pytest.mark.parametrize("shared", [False, True])
async def test_what_it_returns_and_where_it_is_called(shared):
    def function(*args):
        return args, threading.current_thread() is threading.main_thread()

    called = await with_files(SimpleNamespace(shared_files=shared), function, 1, "a")
    assert called == ((1, "a"), not shared)


@pytest.mark.parametrize("shared", [False, True])
async def test_what_it_raises(shared):
    with pytest.raises(ValueError, match="mine"):
        await with_files(SimpleNamespace(shared_files=shared), int, "mine")


@pytest.fixture(params=[False, True], ids=["of its own", "shared"])
def metering(request, fake):
    """The class of a scheduler that notes in which threads its `usage` is called."""

    class Metering(fake):
        shared_files = request.param
        threads = ()

        def usage(self, job):
            self.threads += (threading.current_thread() is threading.main_thread(),)
            return super().usage(job)

        def in_the_right_thread(self):
            return len(self.threads) == 1 and self.threads[0] is not self.shared_files

    return Metering


@pytest.mark.parametrize("cmd", [("exit", 0), ("exit", 3), ("die",), ("vanish",)], ids=str)
async def test_the_usage_of_a_job_that_has_ended(make, metering, cmd):
    async with make(scheduler=metering) as xqute:
        job = await xqute.push(cmd)
    assert xqute.scheduler.in_the_right_thread()
    assert (job.usage is None) == (cmd[0] != "exit")


async def test_the_usage_of_a_job_that_was_killed(make, until, metering):
    async with make(scheduler=metering) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        await job.kill()
    assert xqute.scheduler.in_the_right_thread()


async def test_the_usage_of_a_job_that_is_collected(make, metering):
    async with make(scheduler=metering) as xqute:
        await xqute.push(["exit", 0])
    async with make(scheduler=metering, job_resume=True) as xqute:
        job = await xqute.push(["exit", 0])
    assert xqute.scheduler.in_the_right_thread()
    assert job.usage.wall >= 0


async def test_the_usage_of_a_job_that_ended_while_it_was_in_doubt(make, metering):
    async with make(scheduler=metering) as xqute:
        xqute.scheduler.trouble["after_submit"].append(SubmitDoubtful("timed out"))
        job = await xqute.push(["exit", 3])
    assert (job.rc, job.failure.kind) == (3, FailureKind.EXIT)
    assert xqute.scheduler.in_the_right_thread()
    assert job.usage.wall >= 0
