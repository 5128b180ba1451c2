"""If file descriptors or processes run out, jobs wait, and all of them run in the end."""

import errno
import os
import resource
import signal

import pytest

from xqute import JobStatus
from xqute.schedulers.local import LocalScheduler

pytestmark = pytest.mark.anyio


@pytest.fixture
def few_files():
    """Limits the open files of this process to few more than it needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (50, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_files")
async def test_more_jobs_than_files_can_be_open(producer, folder, until, spy):
    async with producer(scheduler_forks=60) as xqute:
        cmd = ["sh", "-c", "echo ran >>ledger; until [ -e gate ]; do sleep 0.05; done"]
        jobs = [await xqute.push(cmd) for _ in range(60)]
        await until(lambda: all(job.status is JobStatus.RUNNING for job in jobs))
        (folder / "gate").touch()
    assert {job.status for job in jobs} == {JobStatus.FINISHED}
    assert len((folder / "ledger").read_text().split()) == 60
    assert len(spy) == 60


@pytest.mark.usefixtures("few_files")
async def test_the_end_of_one_that_is_not_watched_by_the_kernel_is_noticed(producer, until):
    async with producer(scheduler_forks=60) as xqute:
        jobs = [await xqute.push(["sleep", "60"]) for _ in range(60)]
        await until(lambda: all(job.status is JobStatus.RUNNING for job in jobs))
        os.killpg(int(jobs[-1].uid.split("/")[0]), signal.SIGKILL)
        await jobs[-1].wait()
        for job in jobs:
            await job.kill()
    assert jobs[-1].status is JobStatus.FAILED


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE], ids=os.strerror)
async def test_a_start_that_fails_for_now_is_tried_again(producer, monkeypatch, number, caplog):
    spawn = os.posix_spawn
    errors = [OSError(number, os.strerror(number))] * 2

    def refused_at_first(*args, **more):
        if errors:
            raise errors.pop()
        return spawn(*args, **more)

    monkeypatch.setattr(LocalScheduler, "first_backoff", 0.01)
    monkeypatch.setattr(os, "posix_spawn", refused_at_first)
    async with producer() as xqute:
        job = await xqute.push(["true"])
    assert job.status is JobStatus.FINISHED
    assert job.trial_count == 0
    assert os.strerror(number) in caplog.text


async def test_a_start_that_will_always_fail_is_a_failure(producer, folder):
    shell = folder / "shell"
    shell.write_text("#!/no/such/interpreter\n")
    shell.chmod(0o755)
    async with producer(shell=shell) as xqute:
        job = await xqute.push(["true"])
    assert job.status is JobStatus.FAILED
    assert job.failure.kind.name == "REJECTED"
    assert str(shell) in job.failure.detail


async def test_a_scheduler_that_cannot_start_says_why(producer, monkeypatch):
    def refuse():
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("select.epoll", refuse)
    xqute = producer()
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        await xqute.push(["true"])
