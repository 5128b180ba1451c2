"""The number of jobs that run at once follows what the example sets."""

import asyncio
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from xqute import Xqute

EXAMPLE = Path(__file__).parents[2] / "examples" / "change_forks.py"


async def wait_for(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # it is about files that jobs create
            await asyncio.sleep(0.01)


class Gates:
    """Jobs that run until the test lets them end, one by one."""

    def __init__(self, folder):
        self.folder = folder

    def command(self, number):
        script = ': >"$1.begun"; until [ -e "$1.open" ]; do sleep 0.02; done; : >"$1.ended"'
        return ["sh", "-c", script, "sh", self.folder / str(number)]

    def open(self, number):
        (self.folder / f"{number}.open").touch()

    def begun(self):
        return {int(path.stem) for path in self.folder.glob("*.begun")}

    def ended(self):
        return {int(path.stem) for path in self.folder.glob("*.ended")}


@pytest.mark.anyio
async def test_more_jobs_run_when_it_grows_and_none_starts_when_it_has_shrunk(tmp_path):
    follow = runpy.run_path(str(EXAMPLE))["follow"]
    gates = Gates(tmp_path)
    wanted = [1]
    async with Xqute(job_metadir=tmp_path / "jobs", scheduler_forks=1) as xqute:
        following = asyncio.create_task(follow(xqute, lambda: wanted[0], interval=0.02))
        try:
            for number in range(6):
                await xqute.push(gates.command(number))
            await wait_for(lambda: gates.begun() == {0})

            wanted[0] = 3
            await wait_for(lambda: gates.begun() == {0, 1, 2})

            wanted[0] = 1
            await wait_for(lambda: xqute.forks == 1)
            for number in (0, 1):
                gates.open(number)
                await xqute.jobs[number].wait()
            # One slot, and job 2 has it: two jobs have ended, and no other was started for them.
            assert gates.begun() == {0, 1, 2}

            for number in range(6):
                gates.open(number)
            await xqute.run_until_complete()
        finally:
            following.cancel()
    assert gates.ended() == set(range(6))


def test_the_example_runs_its_jobs(tmp_path):
    command = [sys.executable, EXAMPLE.with_name("change_forks.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    expected = [f"job {index}: FINISHED" for index in range(20)]
    assert sorted(done.stdout.splitlines()) == sorted(expected)
