"""The number of calls and commands does not grow with the number of jobs."""

from __future__ import annotations

import time
from itertools import pairwise

from xqute import Job, JobStatus, Xqute
from xqute_testing.suite._base import Suite, needs
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._kills import GRACE, kill_all
from xqute_testing.suite._stage import Stage

_ASKING = Promise(
    "Scheduler.min_interval; Scheduler.polls",
    "while nothing changes it is asked once in an interval, or not at all",
)
_ONE_FOR_ALL = Promise("Scheduler.job_states", "one command asks for all jobs")
_ONE_KILL = Promise("Scheduler.kill_jobs", "one command kills all jobs that are to be killed")
_LOOP = Promise(
    "docs/writing-a-scheduler.md: What must be",
    "commands are run in a way that does not block the event loop",
)
_ARRAY = Promise("Scheduler.submit_jobs", "equal jobs that are due together need one command")
_JOBS = 12


class Costs(Suite):
    """The number of calls and commands does not grow with the number of jobs."""

    async def test_it_is_asked_once_in_an_interval(self, stage: Stage) -> None:
        """A job runs while nothing changes."""
        xqute = stage.producer()
        job = await xqute.push(stage.shell(stage.until_open("gate")))
        await stage.until_status(job, JobStatus.RUNNING, _ASKING)
        before = len(stage.instrument.asked)
        if xqute.scheduler.polls:
            await stage.asked(5, xqute, _ASKING)
        else:
            end = time.monotonic() + 0.5
            await stage.until(lambda: time.monotonic() > end, _ASKING, "no time passes")
        times = stage.instrument.asked[before:]
        stage.open("gate")
        await stage.complete(xqute)
        if not xqute.scheduler.polls:
            assert len(times) <= 3, _ASKING.broken(
                f"in half a second it was asked {len(times)} times"
            )
            return
        # The first pause may be short, because something had just changed.
        pauses = [began - ended for (_, ended), (began, _) in pairwise(times)][1:]
        least = xqute.scheduler.min_interval / 2
        assert min(pauses) >= least, _ASKING.broken(f"the pauses were {pauses} seconds")

    @needs("commands")
    async def test_a_slow_command_does_not_hold_up_the_event_loop(self, stage: Stage) -> None:
        """The first command waits for this test, which runs on the same event loop."""
        gate = stage.commands.gate = stage.work / "command may go on"
        xqute = stage.producer()
        await xqute.push(["true"])
        await stage.until(lambda: stage.commands.count, _LOOP, "no command is run")
        gate.touch()
        await stage.complete(xqute)
        late = gate.with_name(f"{gate.name}.late").exists()
        assert not late, _LOOP.broken("nothing else could run while a command ran")

    @needs("bulk", "commands", "parallel")
    async def test_one_command_asks_for_all(self, stage: Stage) -> None:
        """The scheduler has a dozen jobs."""
        xqute, _ = await _a_dozen(stage)
        before = stage.instrument.calls["job_states"], stage.commands.count
        await stage.asked(3, xqute, _ONE_FOR_ALL)
        asked = stage.instrument.calls["job_states"] - before[0]
        commands = stage.commands.count - before[1]
        stage.open("gate")
        await stage.complete(xqute)
        assert commands <= 2 * asked, _ONE_FOR_ALL.broken(
            f"{commands} commands were run for {asked} looks at {_JOBS} jobs"
        )

    @needs("bulk", "commands", "parallel")
    async def test_one_command_kills_all(self, stage: Stage) -> None:
        """A dozen jobs are killed at once."""
        xqute, jobs = await _a_dozen(stage)
        asked, commands = stage.instrument.calls["job_states"], stage.commands.count
        await kill_all(stage, jobs)
        await stage.complete(xqute)
        asked = stage.instrument.calls["job_states"] - asked
        commands = stage.commands.count - commands - 2 * asked
        assert commands <= _JOBS // 3, _ONE_KILL.broken(
            f"{commands} commands were run to kill {_JOBS} jobs"
        )

    @needs("arrays", "commands")
    async def test_one_command_submits_all(self, stage: Stage) -> None:
        """A dozen equal jobs are pushed one after the other."""
        xqute, _ = await _a_dozen(stage)
        commands = stage.commands.count - 2 * stage.instrument.calls["job_states"]
        stage.open("gate")
        await stage.complete(xqute)
        assert commands <= _JOBS // 3, _ARRAY.broken(
            f"{commands} commands were run to submit {_JOBS} jobs"
        )


async def _a_dozen(stage: Stage) -> tuple[Xqute, list[Job]]:
    """Return a dozen submitted jobs, some of which may wait for a slot."""
    xqute = stage.producer(scheduler_forks=_JOBS, **GRACE)
    jobs = [await xqute.push(stage.shell(stage.until_open("gate"))) for _ in range(_JOBS)]
    for job in jobs:
        await stage.until(
            lambda job=job: job.status in (JobStatus.SUBMITTED, JobStatus.RUNNING),  # type: ignore[misc]
            _ARRAY,
            f"{job!r} is not submitted",
        )
    return xqute, jobs
