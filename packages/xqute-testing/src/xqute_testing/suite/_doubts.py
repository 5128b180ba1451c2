"""A job is submitted once, and runs once even if its submission is in doubt."""

from __future__ import annotations

import shlex
import subprocess

import anyio
import pytest

from xqute import JobStatus
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage, exists

_ONCE = Promise(
    "Scheduler.find_jobs", "a job whose submission is in doubt is looked up, and runs once"
)
_SUBMITTED_ONCE = Promise("Scheduler.submit_job", "a job is submitted once for each attempt")
_AGAIN = Promise("docs/on-disk.md: The claim decides", "a second copy of an attempt does nothing")


class Doubts(Suite):
    """A job is submitted once, and runs once even if its submission is in doubt."""

    @quick
    async def test_each_job_is_submitted_once(self, stage: Stage) -> None:
        """The first line of each script notes that it was started."""
        ledger = shlex.quote(str(stage.work / "copies"))
        stage.instrument.probe = lambda job: f"echo {job.index} >>{ledger}"
        await stage.run(*(["true"] for _ in range(6)), scheduler_forks=2)
        copies = sorted(map(int, stage.lines("copies")))
        assert copies == list(range(6)), _SUBMITTED_ONCE.broken(
            f"of jobs 0 to 5 the scripts that were started are {copies}"
        )

    @needs("claims")
    @pytest.mark.parametrize("ends", [True, False], ids=["it has ended", "it runs"])
    async def test_one_that_arrived_and_is_in_doubt(self, stage: Stage, ends: bool) -> None:
        """The scheduler has the job, but its answer was lost."""
        gate = "true" if ends else stage.until_open("gate")
        stage.instrument.doubtful = 1
        if ends:
            stage.instrument.late = lambda job: exists(job.rc_file)
        else:
            stage.instrument.late = lambda job: exists(stage.work / "ledger")
        xqute = stage.producer()
        if not ends and not xqute.scheduler.finds_by_name:
            pytest.skip("the scheduler has no find_jobs, so such a job may fail as LOST")
        job = await xqute.push(stage.shell(f"echo ran >>ledger; {gate}; echo hi; exit 6"))
        if not ends:
            await stage.until_status(job, JobStatus.RUNNING, _ONCE)
            await stage.outlast(xqute, _ONCE)
            stage.open("gate")
        await stage.complete(xqute, _ONCE)
        assert stage.lines() == ["ran"], _ONCE.broken(f"it ran {len(stage.lines())} times")
        seen = job.rc, await job.stdout(), job.trial_count
        assert seen == (6, "hi\n", 0), _ONCE.broken(f"it has left {seen}: {job.failure}")

    @quick
    @needs("claims")
    async def test_a_second_copy_does_nothing(self, stage: Stage) -> None:
        """The test runs the wrapped script in the job's folder itself."""
        xqute = stage.producer()
        script = f"echo ran >>ledger; {stage.until_open('gate')}; exit 6"
        job = await xqute.push(stage.shell(script))
        await stage.until(stage.lines, _AGAIN, "it did not start")
        await stage.until_status(job, JobStatus.RUNNING, _AGAIN)
        shell = str(job.option(xqute.scheduler, "shell"))
        with anyio.move_on_after(stage.under_test.wait_limit / 2) as scope:
            words = [shell, str(job.script_file)]
            copy = await anyio.run_process(words, stdin=subprocess.DEVNULL, check=False)
            assert copy.returncode != 0, _AGAIN.broken("a second copy ended with status 0")
        assert not scope.cancelled_caught, _AGAIN.broken("a second copy runs")
        stage.open("gate")
        await stage.complete(xqute)
        seen = job.rc, stage.lines()
        assert seen == (6, ["ran"]), _AGAIN.broken(f"status and runs are {seen}")
