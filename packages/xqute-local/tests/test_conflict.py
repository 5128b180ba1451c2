"""A job that must not be taken up is refused, and goes on undisturbed."""

import os
import socket

import pytest

from xqute import JobStatus, MetadirConflict, MetadirInUse, ProcessIdentity

pytestmark = pytest.mark.anyio

CMD = ["sleep", "60"]
DIFFERENT = [
    {"cmd": ["sleep", "61"]},
    {"cmd": CMD, "env": {"A": "1"}},
    {"cmd": CMD, "cwd": "/"},
    {"cmd": CMD, "timeout": 99},
    {"cmd": CMD, "shell": "bash"},
]


@pytest.mark.parametrize("other", DIFFERENT, ids=str)
@pytest.mark.parametrize("resume", [False, True])
async def test_a_running_job_that_differs(left_running, producer, metadir, lives, resume, other):
    await left_running({"cmd": CMD})
    uid = (metadir / "0/job.lock").read_text().strip()
    async with producer(job_resume=resume) as xqute:
        with pytest.raises(MetadirConflict, match=uid):
            await xqute.push(**other)
        assert xqute.jobs == []
    assert lives(ProcessIdentity.parse(uid).pid)


async def test_one_that_differs_and_has_lost_its_lock(left_running, producer, metadir):
    await left_running({"cmd": CMD})
    uid = (metadir / "0/job.lock").read_text().strip()
    (metadir / "0/job.lock").unlink()
    async with producer() as xqute:
        with pytest.raises(MetadirConflict, match=uid):
            await xqute.push(["true"])


async def test_after_a_conflict_the_right_job_can_be_pushed(left_running, producer, lives, metadir):
    await left_running({"cmd": CMD})
    async with producer() as xqute:
        with pytest.raises(MetadirConflict):
            await xqute.push(["true"])
        job = await xqute.push(CMD)
        await job.kill()
    assert job.resumed
    assert job.status is JobStatus.KILLED


async def test_one_that_differs_and_has_ended_is_replaced(producer):
    async with producer() as xqute:
        await xqute.push(["echo", "one"])
    async with producer(job_resume=True) as xqute:
        job = await xqute.push(["echo", "two"])
    assert not job.resumed
    assert await job.stdout() == "two\n"


@pytest.mark.parametrize("cmd", [CMD, ["true"]], ids=["same", "other"])
async def test_a_job_of_another_host(left_running, producer, metadir, cmd):
    await left_running({"cmd": CMD})
    here = ProcessIdentity.parse((metadir / "0/job.lock").read_text())
    there = ProcessIdentity(here.pid, here.start, here.boot, "elsewhere.example")
    (metadir / "0/job.lock").write_text(f"{there}\n")
    async with producer() as xqute:
        with pytest.raises(MetadirConflict, match=r"elsewhere\.example"):
            await xqute.push(cmd)
    assert (metadir / "0/job.lock").read_text() == f"{there}\n"


async def test_a_second_producer_in_another_process(
    start_controller, producer, metadir, until, read
):
    process = start_controller({"cmd": CMD})
    await until(lambda: "RUNNING" in read(metadir / "0/job.status"))
    with pytest.raises(MetadirInUse, match=f"process {process.pid} on host {socket.gethostname()}"):
        producer()


async def test_a_second_producer_in_the_same_process(producer):
    async with producer():
        with pytest.raises(MetadirInUse, match=f"process {os.getpid()} on host"):
            producer()
    async with producer():
        pass


async def test_a_dead_producer_does_not_hold_the_folder(left_running, producer):
    await left_running({"cmd": CMD})
    async with producer() as xqute:
        job = await xqute.push(CMD)
        await job.kill()
