"""As many jobs run at once as `scheduler_forks` says, and no more."""

from __future__ import annotations

from xqute import JobStatus
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage

_AT_MOST = Promise(
    "Scheduler.forks", "the scheduler has no more than `scheduler_forks` jobs at once"
)
_AT_LEAST = Promise(
    "Scheduler.submit_job",
    "it returns when the job is submitted, so that others can run at the same time",
)
_ALL = Promise(
    "README.md: The producer: `Xqute`",
    "a job that is pushed starts as soon as there is room for it",
)


class Bounds(Suite):
    """As many jobs run at once as `scheduler_forks` says, and no more."""

    @quick
    async def test_no_more_than_that_run_at_once(self, stage: Stage) -> None:
        """Six jobs run two at once. Each notes its start and its end."""
        script = f"echo + >>ledger; {stage.until_open('gate')}; echo - >>ledger"
        xqute = stage.producer(scheduler_forks=2)
        jobs = [await xqute.push(stage.shell(script)) for _ in range(6)]
        await stage.until_status(jobs[0], JobStatus.RUNNING, _AT_LEAST)
        await stage.asked(3, xqute, _ALL)
        there = {index for index, _ in stage.instrument.uids}
        assert len(there) <= 2, _AT_MOST.broken(f"with scheduler_forks=2 it has the jobs {there}")
        stage.open("gate")
        await stage.complete(xqute)
        level, most = 0, 0
        for sign in stage.lines():
            level += 1 if sign == "+" else -1
            most = max(most, level)
        assert most <= 2, _AT_MOST.broken(f"with scheduler_forks=2 there were {most} at once")
        assert len(stage.lines()) == 12, _ALL.broken(f"six jobs noted {stage.lines()}")

    @quick
    @needs("parallel")
    async def test_that_many_do_run_at_once(self, stage: Stage) -> None:
        """Each of three jobs waits for the other two."""
        wait = "; ".join(stage.until_open(str(i)) for i in range(3))
        xqute = stage.producer(scheduler_forks=3)
        for i in range(3):
            await xqute.push(stage.shell(f": >{i}; {wait}"))
        await stage.complete(xqute, _AT_LEAST)

    @quick
    async def test_jobs_run_while_more_are_pushed(self, stage: Stage) -> None:
        """Each of three jobs ends before the next one is pushed."""
        xqute = stage.producer()
        for i in range(3):
            job = await xqute.push(stage.shell(f"echo {i} >>ledger"))
            await stage.settle([job], _ALL)
        await stage.complete(xqute)
        assert stage.lines() == ["0", "1", "2"], _ALL.broken(f"they ran as {stage.lines()}")
