"""The lock of an attempt that has died is recognised as stale, and the job runs."""

import os
import subprocess

import pytest

from xqute import JobStatus, ProcessIdentity

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(30)]


@pytest.fixture
def bystander():
    """A process that is not a job, and that must not be ended."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        assert process.poll() is None
        process.kill()


@pytest.fixture
def left_dead(left_running, metadir, folder, until, lives, read):
    """Leaves a job as a crash of the host does: it has started, has not ended, and does not run."""

    async def leave(cmd, lock):
        await left_running({"cmd": cmd})
        await until(lambda: read(folder / "ledger"))
        leader = ProcessIdentity.parse((metadir / "0/job.lock").read_text()).pid
        os.killpg(leader, 9)
        await until(lambda: not lives(leader))
        (metadir / "0/job.lock").write_bytes(lock)

    return leave


def locks(pid):
    now = ProcessIdentity.of(pid)
    return {
        "another process": f"{now.pid}/1/{now.boot}/{now.host}\n",
        "another boot": f"{now.pid}/{now.start}/00000000-dead-boot/{now.host}\n",
        "no process": f"999999999/{now.start}/{now.boot}/{now.host}\n",
        "only a PID": f"{now.pid}\n",
        "rubbish": "\0\xff rubbish/ / \n\n/",
        "nothing": "",
        "half a line": f"{now.pid}/{now.start}/{now.boot[:5]}",
        "a huge number": f"{'9' * 5000}/1/2/3\n",
    }


@pytest.mark.parametrize("what", locks(os.getpid()))
@pytest.mark.parametrize("resume", [False, True])
async def test_the_job_runs(left_dead, producer, bystander, folder, what, resume):
    cmd = ["sh", "-c", "echo ran >>ledger; until [ -e gate ]; do sleep 0.01; done"]
    await left_dead(cmd, locks(bystander.pid)[what].encode("latin-1"))
    (folder / "gate").touch()
    async with producer(job_resume=resume) as xqute:
        job = await xqute.push(cmd)
    assert job.status is JobStatus.FINISHED
    assert (folder / "ledger").read_text() == "ran\nran\n"


async def test_a_lock_of_a_job_that_has_ended_does_not_count(producer, bystander, folder):
    cmd = ["sh", "-c", "echo ran >>ledger"]
    async with producer() as xqute:
        job = await xqute.push(cmd)
    # The controller may write the lock after the script has ended.
    job.lock_file.write_text(f"{ProcessIdentity.of(bystander.pid)}\n")
    async with producer(job_resume=True) as xqute:
        job = await xqute.push(cmd)
    assert job.resumed
    assert (folder / "ledger").read_text() == "ran\n"
