"""Commands of a scheduler that fail, hang, print rubbish or megabytes, or die by a signal."""

import os

import anyio
import pytest

from xqute import FailureKind, JobStatus, SchedulerError

pytestmark = pytest.mark.anyio
KINDS = ["fail", "hang", "rubbish", "megabytes", "signal"]
S = JobStatus


@pytest.fixture
def ran(tmp_path):
    """How often each job has run, according to what the jobs recorded."""
    return lambda: (tmp_path / "ledger").read_text().split()


RUN = ["sh", "-c", 'echo "$1" >>ledger', "sh"]


@pytest.mark.parametrize("kind", KINDS)
async def test_no_submission_is_lost_or_doubled(producer, faulty_commands, ran, kind, caplog):
    faulty_commands.fault("submit", kind, kind)
    with anyio.fail_after(20):
        async with producer(scheduler=faulty_commands.scheduler, scheduler_forks=2) as xqute:
            for n in range(3):
                await xqute.push([*RUN, n])
    assert [job.status for job in xqute.jobs] == [S.FINISHED] * 3
    assert sorted(ran()) == ["0", "1", "2"]
    assert faulty_commands.pending("submit") == ""
    assert "could not be submitted" in caplog.text


@pytest.mark.parametrize("kind", ["hang", "rubbish", "megabytes", "signal"])
async def test_a_submission_that_arrived_without_an_answer_runs_once(
    producer, faulty_commands, ran, kind
):
    faulty_commands.fault("submit", f"{kind}-late")
    with anyio.fail_after(20):
        async with producer(scheduler=faulty_commands.scheduler) as xqute:
            job = await xqute.push([*RUN, 0])
    assert job.status is S.FINISHED
    assert ran() == ["0"]


async def test_one_that_runs_and_cannot_be_looked_up_is_lost_and_not_run_twice(
    producer, faulty_commands, ran
):
    faulty_commands.fault("submit", "signal-late")
    with anyio.fail_after(20):
        async with producer(scheduler=faulty_commands.scheduler) as xqute:
            job = await xqute.push(["sh", "-c", "echo 0 >>ledger; exec sleep 60"])
    assert job.status is S.FAILED
    assert job.failure.kind is FailureKind.LOST
    assert "can't look it up" in job.failure.detail
    assert ran() == ["0"]


@pytest.mark.parametrize("kind", KINDS)
async def test_no_job_changes_state_while_nobody_can_be_asked(
    producer, faulty_commands, tmp_path, until, kind, caplog
):
    with anyio.fail_after(20):
        async with producer(scheduler=faulty_commands.scheduler) as xqute:
            job = await xqute.push(["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"])
            await until(lambda: job.status is S.RUNNING)
            faulty_commands.fault("list", kind, kind)
            await until(lambda: faulty_commands.pending("list") == "")
            assert job.status is S.RUNNING
            (tmp_path / "gate").touch()
    assert job.status is S.FINISHED
    assert "does not answer" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
async def test_a_kill_is_sent_until_it_is_heard(producer, faulty_commands, until, kind, caplog):
    with anyio.fail_after(20):
        async with producer(scheduler=faulty_commands.scheduler) as xqute:
            job = await xqute.push(["sleep", 60])
            await until(lambda: job.status is S.RUNNING)
            faulty_commands.fault("kill", kind, kind)
            assert await job.kill()
    assert job.status is S.KILLED
    assert faulty_commands.pending("kill") == ""
    assert "could not be killed" in caplog.text


async def test_a_command_that_hangs_is_ended(producer, faulty_commands, until, wait_until):
    faulty_commands.fault("list", "hang")
    with anyio.fail_after(20):
        async with producer(scheduler=faulty_commands.scheduler) as xqute:
            await xqute.push(["true"])
    (pid,) = (faulty_commands.folder / "hung").read_text().split()
    await until(lambda: not os.path.exists(f"/proc/{pid}"))  # noqa: PTH110  # a process


async def test_a_close_that_hangs_does_not_hold_up_the_end(producer, faulty_commands):
    class Hanging(faulty_commands.scheduler):
        async def close(self):
            await anyio.sleep_forever()

    with anyio.fail_after(20):
        async with producer(scheduler=Hanging) as xqute:
            job = await xqute.push(["true"])
    assert job.status is S.FINISHED


@pytest.mark.parametrize("uid", [4711, None, b"4711"], ids=repr)
async def test_an_id_that_is_no_text_ends_the_run_with_that(producer, faulty_commands, uid):
    class Wrong(faulty_commands.scheduler):
        async def submit_job(self, job):
            return uid

    xqute = producer(scheduler=Wrong)
    await xqute.push(["true"])
    with pytest.raises(SchedulerError, match=f"gave {uid!r} as the id"):
        await xqute.run_until_complete()
