"""The job metadir is removed, or made unwritable or unreadable, while jobs run."""

import os
import shutil
import subprocess
import sys

import anyio
import pytest

from xqute import FailureKind, JobStatus

pytestmark = pytest.mark.anyio
S = JobStatus
WAIT = ["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"]


async def test_removed(producer, tmp_path, until, caplog):
    with anyio.fail_after(20):
        async with producer() as xqute:
            running = await xqute.push(WAIT)
            waiting = await xqute.push(["true"])
            await until(running.has_started)
            shutil.rmtree(tmp_path / "jobs")
            (tmp_path / "gate").touch()
            await waiting.wait()
            (tmp_path / "jobs").mkdir()
            later = await xqute.push(["true"])
    assert running.failure.kind is FailureKind.LOST
    assert str(running.metadir) in running.failure.detail
    assert waiting.failure.kind is FailureKind.NEVER_STARTED
    assert "No such file or directory" in waiting.failure.detail
    assert later.status is S.FINISHED
    assert await running.stdout() == ""


async def test_the_folder_of_one_job_removed(producer, tmp_path, until):
    with anyio.fail_after(20):
        async with producer(scheduler_forks=2, job_error_strategy="retry", job_retry_delay=0) as x:
            job, other = await x.push(WAIT), await x.push(WAIT)
            await until(lambda: job.has_started() and other.has_started())
            shutil.rmtree(job.metadir)
            (tmp_path / "gate").touch()
    assert (job.status, job.trial_count) == (S.FINISHED, 1)
    assert other.status is S.FINISHED


async def test_a_kill_after_it_was_removed(producer, tmp_path, until):
    with anyio.fail_after(20):
        async with producer() as xqute:
            job = await xqute.push(["sleep", 60])
            await until(job.has_started)
            shutil.rmtree(tmp_path / "jobs")
            assert await job.kill()
    assert job.status is S.KILLED


PROGRAM = """
import asyncio, sys
from pathlib import Path
from xqute import Xqute

async def main():
    async with Xqute(job_metadir="jobs", job_error_strategy=sys.argv[2]) as xqute:
        first = await xqute.push(["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"])
        second = await xqute.push(["true"])
        while not first.has_started():
            await asyncio.sleep(0.005)
        closed = first.metadir if sys.argv[1] == "job" else first.metadir.parent
        closed.chmod(int(sys.argv[3], 8))
        Path("gate").touch()
        await second.wait()
        await first.wait()
        closed.chmod(0o700)
    for job in xqute.jobs:
        print(job.status.value, job.failure)

asyncio.run(main())
"""


@pytest.fixture
def ordinary(tmp_path):
    """Runs a program as a user to whom file modes apply, since they do not apply to root."""
    drop = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root, without setpriv")
        without = "-dac_override,-dac_read_search"
        drop = ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"]

    def run(source, *args):
        (tmp_path / "program.py").write_text(source)
        process = subprocess.Popen(
            [*drop, sys.executable, "program.py", *args],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=30)
        finally:
            (tmp_path / "gate").touch()
            process.kill()
        return process.returncode, out.splitlines(), err

    return run


@pytest.mark.parametrize("mode", ["500", "000"])
@pytest.mark.parametrize("strategy", ["ignore", "halt"])
def test_no_job_can_be_added(ordinary, mode, strategy):
    code, lines, err = ordinary(PROGRAM, "metadir", strategy, mode)
    if strategy == "halt":
        assert code == 1
        assert "Halted" in err
        return
    assert code == 0, err
    if mode == "500":
        # The script writes into the job's own folder, which is allowed.
        assert lines[0] == "FINISHED None"
    else:
        assert lines[0].startswith("FAILED LOST: ")
    assert lines[1].startswith("FAILED NEVER_STARTED: ")
    assert "Permission denied" in lines[1]


@pytest.mark.parametrize("mode", ["500", "000"])
def test_a_job_cannot_write_its_result(ordinary, mode):
    code, lines, err = ordinary(PROGRAM, "job", "ignore", mode)
    assert code == 0, err
    why = {
        "500": "the wrapped script can't write its result to ",
        "000": "its result can't be read: ",
    }
    assert lines[0].startswith(f"FAILED LOST: {why[mode]}")
    assert lines[1] == "FINISHED None"


def test_one_that_cannot_be_read_is_an_error_at_the_push(ordinary):
    source = """
import asyncio
from pathlib import Path
from xqute import Xqute, MetadirError

async def main():
    async with Xqute(job_resume=True) as xqute:
        await xqute.push(["true"])
    Path(".xqute/0").chmod(0)
    async with Xqute(job_resume=True) as xqute:
        try:
            await xqute.push(["true"])
        except MetadirError as error:
            print(error)

asyncio.run(main())
"""
    code, lines, err = ordinary(source)
    assert code == 0, err
    assert "Permission denied" in lines[0]
    assert "/.xqute/0" in lines[0]


@pytest.mark.parametrize("name", ["job.rc", "job.status"])
async def test_a_result_that_is_no_file(producer, tmp_path, until, name):
    with anyio.fail_after(20):
        async with producer() as xqute:
            job = await xqute.push(WAIT)
            await until(job.has_started)
            (job.metadir / name).unlink(missing_ok=True)
            (job.metadir / name).mkdir()
            (tmp_path / "gate").touch()
    if name == "job.rc":
        assert job.failure.kind is FailureKind.LOST
    else:
        assert job.rc == 0
