"""What follows a failure: another attempt, or the end of the run."""

from __future__ import annotations

import pytest

from xqute import FailureKind, Halted, JobStatus
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._kills import GRACE, MEEK, gone
from xqute_testing.suite._lives import BEGUN
from xqute_testing.suite._stage import Stage

_RETRY = Promise("README.md: When a job fails", "with 'retry' a job that failed is tried again")
_OWN_ID = Promise("Scheduler.submit_job", "each attempt has an id of its own")
_SHELF = Promise("README.md: When a job fails", "the files of earlier attempts are kept")
_HALT = Promise(
    "README.md: When a job fails; Halted",
    "with 'halt' a failure kills the other jobs, and raises Halted",
)
_REJECTED = Promise(
    "Scheduler.submit_job; SubmitRejected",
    "a job that the system refuses is REJECTED, with the system's message, and not retried",
)


class Retries(Suite):
    """With 'retry' a job that failed is tried again, as a new attempt."""

    @quick
    async def test_a_job_that_fails_twice(self, stage: Stage) -> None:
        """It succeeds at the third attempt."""
        script = "echo x >>ledger; n=$(grep -c x ledger); echo try $n; [ $n = 3 ] || exit $n"
        (job,) = await stage.run(stage.shell(script), job_error_strategy="retry")
        assert job.status is JobStatus.FINISHED, _RETRY.broken(f"{job!r}: {job.failure}")
        again = [*BEGUN[1:], "failed", "retrying"]
        wanted = [["init", *again], again, [*BEGUN[1:], "succeeded"]]
        seen = stage.recorder.attempts(job)
        assert seen == wanted, _RETRY.broken(f"the hooks of its attempts were {seen}")
        uids = {uid for _, uid in stage.instrument.uids}
        assert len(uids) == 3, _OWN_ID.broken(f"three attempts had the ids {uids}")
        left = [(job.retry_dir / str(i) / "job.stdout").read_text() for i in (1, 2)]
        left.append(await job.stdout())
        assert left == ["try 1\n", "try 2\n", "try 3\n"], _SHELF.broken(f"they left {left}")

    @quick
    async def test_a_job_that_fails_for_ever(self, stage: Stage) -> None:
        """It gets as many more attempts as `job_num_retries` says."""
        xqute = stage.producer(job_error_strategy="retry", job_num_retries=2)
        job = await xqute.push(stage.shell("echo x >>ledger; exit 3"))
        await stage.complete(xqute)
        assert (job.status, job.rc) == (JobStatus.FAILED, 3), _RETRY.broken(f"{job!r}")
        assert stage.lines() == ["x"] * 3, _RETRY.broken(f"it ran {len(stage.lines())} times")

    @needs("resources")
    async def test_a_job_that_is_refused(self, stage: Stage) -> None:
        """Its options are `UnderTest.rejected`. Other jobs are not affected."""
        xqute = stage.producer(job_error_strategy="retry", scheduler_forks=3)
        good = [await xqute.push(["true"])]
        bad = await xqute.push(["true"], **stage.under_test.rejected)
        good.append(await xqute.push(["true"]))
        await stage.complete(xqute, _REJECTED)
        assert bad.failure is not None, _REJECTED.broken(f"{bad!r} has not failed")
        assert bad.failure.kind is FailureKind.REJECTED, _REJECTED.broken(f"{bad!r}: {bad.failure}")
        assert bad.failure.detail, _REJECTED.broken("it does not say why")
        assert bad.trial_count == 0, _REJECTED.broken(f"it was tried {bad.trial_count + 1} times")
        seen = [job.status.value for job in good]
        assert seen == ["FINISHED"] * 2, _REJECTED.broken(f"the jobs beside it are {seen}")


class Halts(Suite):
    """With 'halt' a failure kills all other jobs, and Halted is raised."""

    @needs("parallel", "same_host")
    async def test_a_failure_ends_all(self, stage: Stage) -> None:
        """One other job runs, and one waits."""
        life = stage.lifeline()
        xqute = stage.producer(scheduler_forks=2, job_error_strategy="halt", **GRACE)
        running = await xqute.push(stage.shell(MEEK.format(wait=stage.until_open("never"))))
        failing = await xqute.push(stage.shell(f"{stage.until_open('gate')}; exit 4"))
        waiting = await xqute.push(stage.shell("echo ran >>ledger"))
        await stage.until(lambda: life.heard("parent", "child"), _HALT, "no job has started")
        stage.open("gate")
        await stage.settle(xqute.jobs, _HALT)
        with pytest.raises(Halted) as halted:
            await xqute.run_until_complete()
        assert halted.value.job is failing, _HALT.broken(f"it raised for {halted.value.job!r}")
        seen = [job.status.value for job in (running, failing, waiting)]
        wanted = ["KILLED", "FAILED", "CANCELLED"]
        assert seen == wanted, _HALT.broken(f"its jobs are {seen}, not {wanted}")
        await gone(stage, life, _HALT)
        assert stage.lines() == [], _HALT.broken("the job that waited has run")
