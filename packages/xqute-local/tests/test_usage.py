"""What a job has used."""

import gc
import resource
import time

import pytest

from xqute import ProcessIdentity, Scheduler, SubmitDoubtful
from xqute.schedulers.local import LocalJob, LocalScheduler

pytestmark = pytest.mark.anyio

BUSY = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"


async def test_wall_time(producer):
    async with producer() as xqute:
        job = await xqute.push(["sleep", "0.2"])
    assert 0.2 <= job.usage.wall < 5


async def test_wall_time_when_the_controller_is_held_up_at_the_start(producer, monkeypatch):
    made = ProcessIdentity.made

    def slow(start):
        identity = made(start)
        time.sleep(0.1)
        return identity

    monkeypatch.setattr(ProcessIdentity, "made", slow)
    async with producer() as xqute:
        job = await xqute.push(["sleep", "0.2"])
    assert job.usage.wall >= 0.2


async def test_processor_time_of_the_command(producer):
    async with producer(scheduler_forks=2) as xqute:
        busy = await xqute.push(["sh", "-c", BUSY])
        idle = await xqute.push(["sleep", "0.2"])
    assert busy.usage.cpu > 0.05
    assert idle.usage.cpu < busy.usage.cpu


async def test_peak_memory_of_the_command(producer):
    # A peak below the size of this process can't be measured.
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + 100_000_000
    async with producer() as xqute:
        job = await xqute.push(["python3", "-c", f"b = bytearray({size})"])
    assert size < job.usage.peak_memory < size + 200_000_000


async def test_peak_memory_of_a_small_command_is_not_that_of_the_controller(producer):
    # A process starts with the size of its parent, and the kernel counts that as its peak.
    async with producer() as xqute:
        job = await xqute.push(["true"])
    assert job.usage.peak_memory is None


async def test_where_it_ran(producer):
    async with producer() as xqute:
        job = await xqute.push(["hostname"])
    assert job.usage.host == (await job.stdout()).strip()


async def test_a_failure_has_used_something_too(producer):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", f"{BUSY}; exit 3"])
    assert job.rc == 3
    assert job.usage.cpu > 0.05


async def test_a_timeout_has_used_something_too(producer):
    async with producer() as xqute:
        job = await xqute.push(["sleep", "60"], timeout=0.2)
    assert 0.2 <= job.usage.wall < 5


async def test_a_job_taken_up_has_what_its_script_has_measured(left_running, producer, folder):
    cmd = ["sh", "-c", f"until [ -e gate ]; do sleep 0.01; done; {BUSY}"]
    await left_running({"cmd": cmd})
    async with producer() as xqute:
        job = await xqute.push(cmd)
        (folder / "gate").touch()
    assert job.resumed
    assert job.usage.wall > 0.05
    assert job.usage.cpu > 0.05


async def test_a_job_collected_has_what_its_script_has_measured(producer):
    cmd = ["sh", "-c", BUSY]
    async with producer() as xqute:
        await xqute.push(cmd)
    async with producer(job_resume=True) as xqute:
        job = await xqute.push(cmd)
    assert job.resumed
    assert job.usage.wall > 0.05
    assert job.usage.cpu > 0.05


async def test_asking_for_the_usage_changes_nothing(producer, monkeypatch):
    usage = LocalScheduler.usage
    first = []

    def twice(self, job):
        first.append(usage(self, job))
        return usage(self, job)

    monkeypatch.setattr(LocalScheduler, "usage", twice)
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", "exit 3"])
    assert first == [job.usage]
    # What the script measures has no host, so this is what the kernel has counted.
    assert job.usage.host is not None


async def test_nothing_is_kept_of_the_processes_of_jobs_that_are_done(producer):
    def kept():
        gc.collect()
        package = LocalScheduler.__module__.rpartition(".")[0]
        ours = [item for item in gc.get_objects() if str(type(item).__module__).startswith(package)]
        return len([item for item in ours if not isinstance(item, LocalJob)])

    async with producer(scheduler_forks=2) as xqute:
        before = kept()
        for code in (0, 3):
            jobs = [await xqute.push(["sh", "-c", f"exit {code}"]) for _ in range(20)]
            for job in jobs:
                await job.wait()
        assert kept() - before < 10


async def test_a_job_whose_submission_was_in_doubt_is_still_a_child(
    producer, monkeypatch, folder, until
):
    submit = LocalScheduler.submit_job

    async def lose_the_answer(self, job):
        await submit(self, job)
        raise SubmitDoubtful("the answer is lost")

    monkeypatch.setattr(LocalScheduler, "submit_job", lose_the_answer)
    monkeypatch.setattr(LocalScheduler, "submit_jobs", Scheduler.submit_jobs)
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"])
        await until(lambda: job.uid)
        (folder / "gate").touch()
    assert job.rc == 0
    assert job.usage.host is not None
