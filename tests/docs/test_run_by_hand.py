"""`sh job.wrapped.local run`, as in the README, runs the command again and writes no result."""

import anyio
import pytest

from xqute import FailureKind, Xqute

pytestmark = pytest.mark.anyio


async def test_it_runs_the_command_and_writes_nothing(tmp_path):
    async with Xqute(job_metadir=tmp_path / "jobs", env={"WHO": "you"}, cwd=tmp_path) as xqute:
        job = await xqute.push(["sh", "-c", 'echo "$PWD, $WHO"; exit 3'], timeout=60)
    before = {path.name: path.read_text() for path in job.metadir.iterdir()}
    done = await anyio.run_process(["sh", job.script_file, "run"], cwd="/", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, f"{tmp_path}, you\n".encode(), b"")
    assert {path.name: path.read_text() for path in job.metadir.iterdir()} == before


async def test_it_leaves_alone_the_timeout_of_the_job_that_still_runs(tmp_path):
    async with Xqute(job_metadir=tmp_path, kill_grace=1) as xqute:
        job = await xqute.push(["sh", "-c", "echo begun; exec sleep 50"], timeout=1)
        await anext(job.lines())
        by_hand = await anyio.open_process(["sh", job.script_file, "run"])
        async with by_hand:
            assert await by_hand.stdout.receive() == b"begun\n"
            await job.wait()
            assert job.failure.kind is FailureKind.TIMEOUT
            assert by_hand.returncode is None
            by_hand.kill()
