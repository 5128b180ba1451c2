"""A command that runs longer than its timeout gets SIGTERM, and SIGKILL after `kill_grace`."""

import pytest

from xqute import FailureKind, JobStatus

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]


async def test_it_fails_with_timeout(producer, left_over):
    async with producer() as xqute:
        job = await xqute.push(["sleep", "60"], timeout=0.1)
    assert job.status is JobStatus.FAILED
    assert (job.failure.kind, job.rc) == (FailureKind.TIMEOUT, 143)
    assert left_over() == set()


@pytest.mark.parametrize("seconds", [1e-6, 0.001, 0.003])
async def test_a_timeout_shorter_than_a_start_is_kept_too(producer, seconds):
    async with producer(scheduler_forks=8) as xqute:
        jobs = [await xqute.push(["sleep", "60"], timeout=seconds) for _ in range(8)]
    assert {job.failure.kind for job in jobs} == {FailureKind.TIMEOUT}


async def test_a_command_that_ignores_sigterm_is_killed(producer, left_over):
    async with producer(kill_grace=0.2) as xqute:
        job = await xqute.push(
            ["sh", "-c", "trap '' TERM; while :; do sleep 0.01; done"], timeout=0.1
        )
    assert (job.failure.kind, job.rc) == (FailureKind.TIMEOUT, 137)
    assert left_over() == set()


async def test_its_children_are_ended_too(producer, folder, lives, read):
    async with producer(kill_grace=0.2) as xqute:
        job = await xqute.push(["sh", "-c", "sleep 60 & echo $! >child; wait"], timeout=0.3)
    assert job.failure.kind is FailureKind.TIMEOUT
    assert not lives(read(folder / "child"))


async def test_a_command_that_is_quicker_is_not_touched(producer, left_over):
    async with producer() as xqute:
        good = await xqute.push(["true"], timeout=30)
        bad = await xqute.push(["sh", "-c", "exit 9"], timeout=30)
    assert (good.status, good.rc) == (JobStatus.FINISHED, 0)
    assert (bad.failure.kind, bad.rc) == (FailureKind.EXIT, 9)
    assert left_over() == set()


async def test_a_kill_ends_the_timer_too(producer, until, left_over):
    async with producer() as xqute:
        job = await xqute.push(["sleep", "60"], timeout=60)
        await until(job.has_started)
        await job.kill()
    assert job.status is JobStatus.KILLED
    assert left_over() == set()


async def test_a_job_taken_up_keeps_its_timeout(left_running, producer, left_over):
    job = {"cmd": ["sleep", "60"], "timeout": 1}
    await left_running(job)
    async with producer() as xqute:
        taken = await xqute.push(**job)
    assert taken.resumed
    assert taken.failure.kind is FailureKind.TIMEOUT
    assert left_over() == set()


async def test_variables_of_the_caller_do_not_disturb_the_timer(
    producer, lives, until, read, folder
):
    # Variables of the environment are variables of the shell that runs the script.
    async with producer(env={"pid": "1", "late": "1", "timer": "1", "word": "command"}) as xqute:
        job = await xqute.push(["sh", "-c", "echo $pid $late $timer $word"], timeout=30)
    assert await job.stdout() == "1 1 1 command\n"
    assert job.status is JobStatus.FINISHED


async def test_a_command_that_ends_well_on_sigterm_has_timed_out_all_the_same(producer):
    command = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.01; done"]
    async with producer() as xqute:
        job = await xqute.push(command, timeout=0.3)
    assert (job.status, job.rc) == (JobStatus.FAILED, 0)
    assert job.failure.kind is FailureKind.TIMEOUT

    async with producer(job_resume=True) as xqute:
        again = await xqute.push(command, timeout=0.3)
        await again.wait()
    assert (again.resumed, again.failure.kind) == (False, FailureKind.TIMEOUT)
