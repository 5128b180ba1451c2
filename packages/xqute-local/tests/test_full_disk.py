"""On a full disk jobs fail for that reason, and the run goes on to its end."""

import os
import subprocess

import pytest

from xqute import FailureKind, JobStatus, MetadirError
from xqute.schedulers.local import LocalScheduler

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]


@pytest.fixture
def disk(folder):
    """A file system of one megabyte."""
    path = folder / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", path]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def fill(disk):
    """Fill the file system with one file, and return that file."""
    path = disk / "large"
    with path.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


async def test_jobs_pushed_while_it_is_full_never_start(producer, disk):
    async with producer(job_metadir=disk / "jobs") as xqute:
        good = await xqute.push(["true"])
        await good.wait()
        large = fill(disk)
        bad = [await xqute.push(["true"]) for _ in range(3)]
        for job in bad:
            await job.wait()
        large.unlink()
        last = await xqute.push(["true"])
    assert {job.failure.kind for job in bad} == {FailureKind.NEVER_STARTED}
    assert all("No space left on device" in job.failure.detail for job in bad)
    assert (good.status, last.status) == (JobStatus.FINISHED, JobStatus.FINISHED)


async def test_a_job_that_fills_it_fails_with_what_it_says(producer, disk):
    async with producer(job_metadir=disk / "jobs") as xqute:
        job = await xqute.push(["head", "-c", "50M", "/dev/zero"])
        other = await xqute.push(["true"], cwd="/")
    assert job.status is JobStatus.FAILED
    assert "full" in str(job.failure) or "No space" in await job.stderr()
    # There may have been just enough space for its script.
    assert other.failure.kind is FailureKind.NEVER_STARTED
    assert "full" in other.failure.detail or "No space left on device" in other.failure.detail


async def test_a_job_whose_result_can_not_be_written_says_so(producer, disk, until):
    async with producer(job_metadir=disk / "jobs", cwd="/") as xqute:
        job = await xqute.push(["sh", "-c", f"until [ -e '{disk}.gate' ]; do sleep 0.01; done"])
        await until(job.has_started)
        fill(disk)
        disk.with_suffix(".gate").touch()
    assert job.status is JobStatus.FAILED
    assert job.failure.kind is FailureKind.LOST
    assert "can't write its result" in job.failure.detail
    assert "the file system is full" in job.failure.detail


async def test_a_job_that_is_started_while_it_is_full_does_not_run(producer, disk, monkeypatch):
    # There was space for its script, and for nothing more.
    submit = LocalScheduler.submit_job

    async def late(self, job):
        fill(disk)
        return await submit(self, job)

    monkeypatch.setattr(LocalScheduler, "submit_job", late)
    async with producer(job_metadir=disk / "jobs", cwd="/") as xqute:
        job = await xqute.push(["touch", f"{disk}.ran"])
    assert job.status is JobStatus.FAILED
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert "the file system is full" in job.failure.detail
    assert not disk.with_suffix(".ran").exists()


async def test_a_metadir_without_space_is_an_error_and_can_be_used_later(producer, disk):
    large = fill(disk)
    with pytest.raises(MetadirError, match="No space left on device"):
        producer(job_metadir=disk)
    large.unlink()
    async with producer(job_metadir=disk) as xqute:
        job = await xqute.push(["true"])
    assert job.status is JobStatus.FINISHED
