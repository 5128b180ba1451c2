"""If a wrapped script dies, its job fails with a reason, and its processes are ended."""

import os
import signal

import pytest

from xqute import FailureKind, JobStatus, ProcessIdentity

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]

SCRIPT = "sleep 60 & echo $! >child; echo $$ >self; wait"


@pytest.fixture
def started(until, read, folder):
    """Waits until a job has started; returns the PIDs of its script and of its other processes."""

    async def wait(job):
        await until(lambda: job.uid)
        found = [
            int(await until(lambda name=name: read(folder / name))) for name in ("self", "child")
        ]
        return ProcessIdentity.parse(job.uid).pid, found

    return wait


async def test_the_script_alone_is_killed(producer, started, lives):
    async with producer(kill_grace=1) as xqute:
        job = await xqute.push(["sh", "-c", SCRIPT])
        leader, others = await started(job)
        os.kill(leader, signal.SIGKILL)
    assert job.status is JobStatus.FAILED
    assert job.rc is None
    assert job.failure.kind is FailureKind.SIGNAL
    assert "SIGKILL" in job.failure.detail
    assert [pid for pid in others if lives(pid)] == []


async def test_a_real_time_signal_is_named_by_its_number(producer, started):
    async with producer(kill_grace=1) as xqute:
        job = await xqute.push(["sh", "-c", SCRIPT])
        leader, _ = await started(job)
        os.kill(leader, 40)
    assert job.status is JobStatus.FAILED
    assert job.failure.kind is FailureKind.SIGNAL
    assert "signal 40" in job.failure.detail


async def test_the_whole_session_is_killed(producer, started):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", SCRIPT])
        leader, _ = await started(job)
        os.killpg(leader, signal.SIGKILL)
    assert job.status is JobStatus.FAILED
    assert job.failure.kind is FailureKind.SIGNAL


async def test_only_the_command_is_killed(producer, started, lives):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", SCRIPT])
        _, (command, child) = await started(job)
        os.kill(command, signal.SIGKILL)
        await job.wait()
        assert job.rc == 137
        assert job.failure.kind is FailureKind.SIGNAL
        assert "SIGKILL" in job.failure.detail
        os.kill(child, signal.SIGKILL)


async def test_the_reason_is_written_down(producer, started, read):
    async with producer(kill_grace=1) as xqute:
        job = await xqute.push(["sh", "-c", SCRIPT])
        leader, _ = await started(job)
        os.kill(leader, signal.SIGKILL)
    assert read(job.status_file).splitlines()[-1] == f"FAILED SIGNAL {job.failure.detail}"
    assert job.lock_file.read_text() == ""


async def test_it_is_retried(producer, started, folder):
    async with producer(job_error_strategy="retry", job_retry_delay=0, kill_grace=1) as xqute:
        job = await xqute.push(["sh", "-c", f"[ -e child ] || {{ {SCRIPT}; }}"])
        leader, _ = await started(job)
        os.kill(leader, signal.SIGKILL)
    assert (job.status, job.trial_count) == (JobStatus.FINISHED, 1)


async def test_the_script_of_a_job_taken_up_is_killed(left_running, producer, started, lives):
    await left_running({"cmd": ["sh", "-c", SCRIPT]})
    async with producer(kill_grace=1) as xqute:
        job = await xqute.push(["sh", "-c", SCRIPT])
        leader, others = await started(job)
        os.kill(leader, signal.SIGKILL)
    assert job.status is JobStatus.FAILED
    assert job.failure.kind is FailureKind.LOST
    assert [pid for pid in others if lives(pid)] == []


async def test_a_signal_to_the_script_leaves_the_command_alone_and_is_told(
    producer, started, folder
):
    os.mkfifo(folder / "fifo")
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", "echo $$ >self; echo 1 >child; read x <fifo; exit 5"])
        leader, _ = await started(job)
        os.kill(leader, signal.SIGUSR1)
        (folder / "fifo").write_text("go\n")
    assert job.rc == 5
    assert "caught USR1" in str(job.failure)
