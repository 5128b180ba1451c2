"""The disk has space, but the user can't write: a quota is used up, or all inodes are."""

import errno
import os
import subprocess

import pytest

from xqute import FailureKind, JobStatus, simplug
from xqute.schedulers.local import LocalScheduler

pytestmark = pytest.mark.anyio
S = JobStatus


@pytest.fixture
def used_up(monkeypatch):
    """Makes every write of the controller fail, as if a quota were used up."""
    on = []
    write = os.write

    def refused(fd, data):
        if on:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
        return write(fd, data)

    monkeypatch.setattr(os, "write", refused)
    return on


async def test_a_job_that_cannot_be_written_down_is_not_started(producer, used_up):
    async with producer() as xqute:
        used_up.append(True)
        job = await xqute.push(["true"])
        await job.wait()
        used_up.clear()
        later = await xqute.push(["true"])
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert "quota" in job.failure.detail
    assert later.status is S.FINISHED


async def test_an_id_that_cannot_be_written_down_is_no_failure(producer, used_up, caplog):
    class UsedUp(LocalScheduler):
        async def submit_job(self, job):
            uid = await super().submit_job(job)
            used_up.append(True)
            return uid

    class Enlarged:
        @simplug.impl
        async def on_job_submitted(self, scheduler, job):
            used_up.clear()

    async with producer(scheduler=UsedUp, plugins=[Enlarged()]) as xqute:
        job = await xqute.push(["true"])
    assert job.status is S.FINISHED
    assert "can't be written down" in caplog.text


@pytest.fixture
def few_inodes(tmp_path):
    """A file system with room for some twenty files."""
    path = tmp_path / "disk"
    path.mkdir()
    options = "size=8m,nr_inodes=30,mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", path]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


async def test_no_inode_is_left(producer, few_inodes, tmp_path):
    async with producer(job_metadir=few_inodes / "jobs") as xqute:
        jobs = [await xqute.push(["true"]) for _ in range(8)]
    assert jobs[0].status is S.FINISHED
    failed = [job for job in jobs if job.status is S.FAILED]
    assert failed
    assert len(failed) + sum(job.status is S.FINISHED for job in jobs) == len(jobs)
    kinds = {job.failure.kind for job in failed}
    assert kinds <= {FailureKind.NEVER_STARTED, FailureKind.LOST}
    assert all("full" in str(j.failure) or "No space" in str(j.failure) for j in failed)
