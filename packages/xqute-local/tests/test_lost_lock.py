"""A job is found again if the controller died before it wrote the job's lock."""

import pytest

from xqute import JobStatus, ProcessIdentity

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]

CMD = ["sh", "-c", "echo ran >>ledger; until [ -e gate ]; do sleep 0.01; done"]


@pytest.mark.parametrize("claim", ["whole", "without its PID", "gone"])
async def test_it_is_taken_up(left_running, producer, metadir, folder, until, spy, claim):
    await left_running({"cmd": CMD})
    pid = ProcessIdentity.parse((metadir / "0/job.lock").read_text()).pid
    (metadir / "0/job.lock").unlink()
    (path,) = (metadir / "0").glob("job.claim.*")
    if claim == "without its PID":
        path.write_text("")
    elif claim == "gone":
        path.unlink()

    xqute = producer()
    job = await xqute.push(CMD)
    await until(lambda: job.status is JobStatus.RUNNING)
    assert ProcessIdentity.parse(job.lock_file.read_text()).pid == pid
    (folder / "gate").touch()
    await xqute.run_until_complete()

    assert job.status is JobStatus.FINISHED
    assert spy == []
    assert (folder / "ledger").read_text() == "ran\n"


async def test_one_that_was_never_started_is_started(left_running, producer, metadir, folder, spy):
    # As if the controller had died after it wrote the script, and before it started it.
    xqute = producer()
    blocker = await xqute.push(["true"])
    await xqute.run_until_complete()
    script = blocker.script_file.read_text()
    for path in blocker.metadir.iterdir():
        path.unlink()
    blocker.script_file.write_text(script)

    async with producer() as xqute:
        job = await xqute.push(["true"])
    assert job.status is JobStatus.FINISHED
    assert spy == [0, 0]


async def test_a_script_that_was_not_written_to_its_end_does_not_count(producer, metadir):
    (metadir / "0").mkdir(parents=True)
    (metadir / "0/job.wrapped.local").write_text("#!/bin/sh\n# xqute intent 1 trial=0 tok")
    async with producer(job_resume=True) as xqute:
        job = await xqute.push(["true"])
    assert job.status is JobStatus.FINISHED
    assert not job.resumed
