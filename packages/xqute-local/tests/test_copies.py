"""Of two copies of an attempt only the first runs the command, and that one is followed."""

import subprocess

import pytest

from xqute import JobStatus, ProcessIdentity
from xqute.schedulers.local import LocalScheduler

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]

CMD = ["sh", "-c", "echo ran >>ledger; until [ -e gate ]; do sleep 0.01; done; exit 4"]


@pytest.fixture
def copies():
    """Starts copies of the wrapped scripts of jobs."""
    started = []

    def start(job):
        # The command line in /proc must be the same as if the scheduler had started it.
        copy = subprocess.Popen(
            ["/bin/sh", job.script_path],
            start_new_session=True,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(copy)
        return copy

    yield start
    for copy in started:
        copy.kill()
        copy.communicate()


async def test_a_second_copy_touches_nothing(producer, copies, folder, until, read):
    async with producer() as xqute:
        job = await xqute.push(CMD)
        await until(job.has_started)
        await until(lambda: read(folder / "ledger"))
        before = {path: path.read_bytes() for path in job.metadir.iterdir()}
        copy = copies(job)
        _, said = copy.communicate(timeout=10)
        assert copy.returncode == 75
        assert "a copy of this attempt has begun" in said
        assert {path: path.read_bytes() for path in job.metadir.iterdir()} == before
        (folder / "gate").touch()
    assert job.rc == 4
    assert (folder / "ledger").read_text() == "ran\n"


async def test_a_copy_started_after_the_end_does_nothing(producer, copies, folder):
    (folder / "gate").touch()
    async with producer() as xqute:
        job = await xqute.push(CMD)
    copy = copies(job)
    copy.communicate(timeout=10)
    assert copy.returncode == 75
    assert (folder / "ledger").read_text() == "ran\n"


@pytest.fixture(params=["known by its claim", "known by its command line"])
def overtaken(request, copies, monkeypatch, folder, until, read):
    """Starts a copy of each script before the scheduler starts its own."""
    submit = LocalScheduler.submit_job
    first = []

    async def late(self, job):
        first.append(copies(job))
        await until(lambda: read(folder / "ledger"))
        if request.param == "known by its command line":
            # As if the copy had taken the claim, but not yet written its PID.
            (claim,) = job.metadir.glob("job.claim.*")
            claim.write_text("")
        return await submit(self, job)

    monkeypatch.setattr(LocalScheduler, "submit_job", late)
    return first


async def test_the_controller_follows_the_copy_that_runs(producer, overtaken, folder, until, lives):
    xqute = producer()
    job = await xqute.push(CMD)
    await until(lambda: job.uid)
    second = ProcessIdentity.parse(job.uid).pid
    await until(lambda: not lives(second))
    assert second != overtaken[0].pid
    (folder / "gate").touch()
    await xqute.run_until_complete()
    assert job.status is JobStatus.FAILED
    assert job.rc == 4
    assert (folder / "ledger").read_text() == "ran\n"


async def test_the_copy_that_runs_is_killed(producer, overtaken, until, lives):
    async with producer() as xqute:
        job = await xqute.push(CMD)
        await until(lambda: job.uid)
        second = ProcessIdentity.parse(job.uid).pid
        await until(lambda: not lives(second))
        await job.kill()
    assert job.status is JobStatus.KILLED
    assert not lives(overtaken[0].pid)
