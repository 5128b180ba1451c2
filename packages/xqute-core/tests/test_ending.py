"""How jobs that are gone have ended: by their results, by accounts, or by what is missing."""

import anyio
import pytest

from xqute import Account, Failure, FailureKind, JobStatus, SchedulerUnavailable, Usage

pytestmark = pytest.mark.anyio
S = JobStatus


@pytest.mark.parametrize("shared", [False, True])
async def test_a_job_that_vanishes_before_it_starts(make, fake, shared):
    # T8
    fake.shared_files = shared
    async with make() as xqute:
        job = await xqute.push(["vanish"])
    assert (job.status, job.rc) == (S.FAILED, None)
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert job.uid in job.failure.detail
    assert job.status_file.read_text().startswith("FAILED NEVER_STARTED ")
    # Once it is given up, no late copy of it can start.
    assert job.metadir.joinpath(f"job.claim.{job.token}").exists()


@pytest.mark.parametrize("shared", [False, True])
async def test_a_job_that_is_gone_without_a_result_is_lost(make, fake, shared):
    fake.shared_files = shared
    async with make() as xqute:
        job = await xqute.push(["die"])
    assert (job.status, job.rc) == (S.FAILED, None)
    assert job.failure.kind is FailureKind.LOST
    assert "'fake'" in job.failure.detail
    assert job.lock_file.read_text() == ""


async def test_a_lost_job_is_retried(make):
    async with make(job_error_strategy="retry", job_num_retries=1) as xqute:
        job = await xqute.push(["die"])
    assert job.trial_count == 1
    assert xqute.scheduler.submitted == [0, 0]


async def test_absence_is_not_believed_before_the_grace_is_over(make, until, fake):
    fake.result_grace = 3600.0
    async with make() as xqute:
        job = await xqute.push(["die"])
        await until(lambda: len(xqute.scheduler.asked) > 5)
        assert job.status is S.SUBMITTED
        xqute.scheduler.end(job)
    assert (job.status, job.rc) == (S.FINISHED, 0)


async def test_a_job_that_comes_back_was_not_gone(make, until, fake):
    fake.result_grace = 3600.0
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        asked = xqute.scheduler.asked
        del fake.cluster[job.uid]
        asked.clear()
        await until(lambda: len(asked) >= 2)
        fake.cluster[job.uid] = job.unique_name
        asked.clear()
        await until(lambda: len(asked) >= 2)
        # Were it still held to be gone, it would be lost now.
        xqute.scheduler.result_grace = 0.0
        asked.clear()
        await until(lambda: len(asked) >= 2)
        assert job.status is S.RUNNING
        xqute.scheduler.end(job)
    assert job.status is S.FINISHED


async def test_a_job_that_ends_before_its_submission_returns(make):
    # T10
    async with make() as xqute:
        job = await xqute.push(["exit", 0])
    assert job.status is S.FINISHED


async def test_a_half_written_result_is_no_result_until_the_grace_is_over(make, until, fake):
    fake.result_grace = 3600.0
    async with make() as xqute:
        job = await xqute.push(["die"])
        job.rc_file.write_text("")
        await until(lambda: len(xqute.scheduler.asked) > 3)
        assert not job.status.terminal
        xqute.scheduler.end(job, 5)
    assert job.rc == 5


async def test_the_script_says_that_it_never_started(make, fake):
    class Refusing(fake):
        def act(self, job, uid):
            self.begin(job)
            job.status_file.write_text("FAILED NEVER_STARTED cannot enter the working folder\n")
            del self.cluster[uid]

    async with make(scheduler=Refusing) as xqute:
        job = await xqute.push(["exit", 0])
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert job.failure.detail == "cannot enter the working folder"
    assert S.RUNNING not in job.times


async def test_a_job_that_says_that_it_never_started_is_not_seen_running(make, until, fake):
    class Refusing(fake):
        def act(self, job, uid):
            self.begin(job)
            job.status_file.write_text("FAILED NEVER_STARTED cannot enter the working folder\n")

    async with make(scheduler=Refusing) as xqute:
        job = await xqute.push(["exit", 0])
        await until(lambda: len(xqute.scheduler.asked) > 3)
        assert job.status is S.SUBMITTED
        del fake.cluster[job.uid]
    assert job.failure.kind is FailureKind.NEVER_STARTED


async def test_the_account_says_why(make, fake):
    failure = Failure(FailureKind.OUT_OF_MEMORY, "maxvmem 9G")

    async def accounts(self, jobs):
        return {job: Account(failure, Usage(peak_memory=9)) for job in jobs}

    async with make(scheduler=type("Accounting", (fake,), {"accounts": accounts})) as xqute:
        job = await xqute.push(["die"])
    assert job.failure == failure
    assert job.usage.peak_memory == 9


async def test_an_account_that_cannot_be_had_leaves_the_evidence(make, fake):
    async def accounts(self, jobs):
        raise SchedulerUnavailable("qacct: error")

    async with make(scheduler=type("Accounting", (fake,), {"accounts": accounts})) as xqute:
        job = await xqute.push(["die"])
    assert job.failure.kind is FailureKind.LOST


@pytest.fixture
def slow(fake):
    """The class of a scheduler that gives accounts when it is let."""

    class Slow(fake):
        asked_for, had = (), anyio.Event()

        async def accounts(self, jobs):
            self.asked_for = jobs
            await self.had.wait()
            return {}

    return Slow


async def test_accounts_that_take_long_hold_nothing_else_up(make, slow, until):
    async with make(scheduler=slow, scheduler_forks=2) as xqute:
        lost = await xqute.push(["die"])
        await until(lambda: xqute.scheduler.asked_for == (lost,))
        other = await xqute.push(["exit", 0])
        await other.wait()
        assert lost.failure is None
        xqute.scheduler.had.set()
    assert (other.status, lost.failure.kind) == (S.FINISHED, FailureKind.LOST)


async def test_one_that_comes_back_while_its_account_is_asked_for_is_followed(make, slow, until):
    async with make(scheduler=slow) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        del xqute.scheduler.cluster[job.uid]
        await until(lambda: xqute.scheduler.asked_for == (job,))
        xqute.scheduler.cluster[job.uid] = job.unique_name
        asked = len(xqute.scheduler.asked)
        await until(lambda: len(xqute.scheduler.asked) > asked + 1)
        xqute.scheduler.had.set()
        await until(lambda: len(xqute.scheduler.asked) > asked + 3)
        assert job.status is S.RUNNING
        await job.kill()
    assert job.status is S.KILLED


async def test_a_result_counts_more_than_an_account(make, fake):
    async def accounts(self, jobs):
        raise AssertionError("nobody asks")

    async with make(scheduler=type("Accounting", (fake,), {"accounts": accounts})) as xqute:
        job = await xqute.push(["exit", 0])
    assert job.status is S.FINISHED
