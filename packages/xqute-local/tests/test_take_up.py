"""A job of a former run that still runs is taken up, and its end is noticed."""

import asyncio

import pytest

from xqute import JobStatus

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]


@pytest.fixture
def gate(folder):
    return folder / "gate"


@pytest.fixture
def waits(gate):
    return ["sh", "-c", f"echo once >>ledger; until [ -e '{gate}' ]; do sleep 0.01; done; exit $1"]


@pytest.mark.parametrize("resume", [False, True])
async def test_a_running_job_is_taken_up_and_runs_once(
    left_running, producer, waits, gate, folder, spy, until, resume
):
    await left_running({"cmd": [*waits, "job", "0"]})
    xqute = producer(job_resume=resume)
    job = await xqute.push([*waits, "job", "0"])
    await until(lambda: job.status is JobStatus.RUNNING)
    assert job.resumed

    gate.touch()
    await xqute.run_until_complete()

    assert job.status is JobStatus.FINISHED
    assert (job.rc, spy) == (0, [])
    assert (folder / "ledger").read_text() == "once\n"


async def test_the_failure_of_a_job_taken_up_is_seen(left_running, producer, waits, gate):
    await left_running({"cmd": [*waits, "job", "7"]})
    async with producer() as xqute:
        job = await xqute.push([*waits, "job", "7"])
        gate.touch()
    assert job.status is JobStatus.FAILED
    assert job.rc == 7


async def test_a_job_taken_up_that_fails_is_retried(left_running, producer, gate, folder):
    cmd = [
        "sh",
        "-c",
        f"until [ -e '{gate}' ]; do sleep 0.01; done; mkdir '{folder}/once' && exit 1",
    ]
    await left_running({"cmd": cmd})
    async with producer(job_error_strategy="retry", job_retry_delay=0) as xqute:
        job = await xqute.push(cmd)
        gate.touch()
        await asyncio.wait_for(job.wait(), 10)
    assert job.trial_count >= 1
    assert (job.metadir / "job.retry/1/job.rc").read_text() == "1\n"


async def test_a_job_taken_up_needs_no_slot(left_running, producer, waits, gate, until):
    jobs = [{"cmd": [*waits, "job", str(index)]} for index in range(3)]
    await left_running(*jobs)
    async with producer(scheduler_forks=1) as xqute:
        taken = [await xqute.push(**job) for job in jobs]
        await until(lambda: all(job.status is JobStatus.RUNNING for job in taken))
        gate.touch()
    assert [job.rc for job in taken] == [0, 1, 2]


async def test_one_that_ended_meanwhile_is_collected_with_resume(
    left_running, producer, waits, gate, folder, spy, until, read
):
    await left_running({"cmd": [*waits, "job", "0"]})
    gate.touch()
    await until(lambda: read(folder / "jobs/0/job.rc"))
    async with producer(job_resume=True) as xqute:
        job = await xqute.push([*waits, "job", "0"])
    assert job.status is JobStatus.FINISHED
    assert job.resumed
    assert spy == []


async def test_one_that_ended_meanwhile_is_run_anew_without_resume(
    left_running, producer, waits, gate, folder, until, read
):
    await left_running({"cmd": [*waits, "job", "0"]})
    gate.touch()
    await until(lambda: read(folder / "jobs/0/job.rc"))
    async with producer() as xqute:
        job = await xqute.push([*waits, "job", "0"])
    assert not job.resumed
    assert (folder / "ledger").read_text() == "once\nonce\n"


async def test_what_a_job_taken_up_used_is_known_as_far_as_its_script_measured_it(
    left_running, producer, waits, gate
):
    await left_running({"cmd": [*waits, "job", "0"]})
    async with producer() as xqute:
        job = await xqute.push([*waits, "job", "0"])
        gate.touch()
    assert job.usage.wall > 0
    assert job.usage.cpu >= 0


async def test_a_job_taken_up_can_be_killed(left_running, producer, waits, left_over, until):
    await left_running({"cmd": [*waits, "job", "0"]})
    async with producer() as xqute:
        job = await xqute.push([*waits, "job", "0"])
        assert await job.kill()
    assert job.status is JobStatus.KILLED
    assert left_over() == set()
