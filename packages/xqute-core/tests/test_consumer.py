"""Jobs from push to their end, with a scheduler whose jobs do what their commands say."""

import time

import anyio
import pytest

from xqute import FailureKind, JobStatus, SubmitFailed

pytestmark = pytest.mark.anyio
S = JobStatus


async def test_all_jobs_are_run_and_returned(make):
    xqute = make()
    first = await xqute.push(["exit", 0])
    second = await xqute.push(["exit", 0])
    assert await xqute.run_until_complete() == [first, second] == xqute.jobs
    assert [(job.status, job.rc, job.failure) for job in xqute.jobs] == [(S.FINISHED, 0, None)] * 2


async def test_a_failure_says_why_and_the_others_go_on(make):
    xqute = make()
    for rc in (0, 3, 0):
        await xqute.push(["exit", rc])
    _, failed, _ = await xqute.run_until_complete()
    assert [job.status for job in xqute.jobs] == [S.FINISHED, S.FAILED, S.FINISHED]
    assert (failed.rc, failed.failure.kind) == (3, FailureKind.EXIT)


async def test_a_job_starts_as_soon_as_it_is_pushed(make, until):
    async with make() as xqute:
        job = await xqute.push(["exit", 0])
        await until(lambda: job.status is S.FINISHED)


async def test_pushed_one_after_the_other_they_run_one_after_the_other(make):
    # T7: with one slot, none waits for the end of feeding.
    async with make(scheduler_forks=1) as xqute:
        for _ in range(3):
            with anyio.fail_after(5):
                assert (await (await xqute.push(["exit", 0])).wait()).status is S.FINISHED
        assert xqute.scheduler.most == 1


@pytest.mark.parametrize("forks", [1, 3])
async def test_no_more_at_once_than_forks(make, forks):
    xqute = make(scheduler_forks=forks)
    for _ in range(12):
        await xqute.push(["exit", 0])
    await xqute.run_until_complete()
    assert xqute.scheduler.most <= forks


async def test_running_jobs_hold_their_slots(make, until):
    async with make(scheduler_forks=2) as xqute:
        jobs = [await xqute.push(["run"]) for _ in range(4)]
        await until(lambda: [job.status for job in jobs] == [S.RUNNING] * 2 + [S.QUEUED] * 2)
        xqute.scheduler.end(jobs[1])
        await until(lambda: jobs[2].status is S.RUNNING)
        assert jobs[3].status is S.QUEUED
        for job in jobs[:3]:
            xqute.scheduler.end(job)
        await until(lambda: jobs[3].status is S.RUNNING)
        xqute.scheduler.end(jobs[3])


async def test_the_consumer_says_what_waits_and_what_runs(make, until, consumer_of):
    async with make(scheduler_forks=1) as xqute:
        first, second = await xqute.push(["run"]), await xqute.push(["exit", 0])
        await until(lambda: first.status is S.RUNNING)
        assert (consumer_of(xqute).running, consumer_of(xqute).waiting) == ((first,), (second,))
        xqute.scheduler.end(first)


# --- wait ----------------------------------------------------------------------------------------


async def test_many_may_wait_for_one_job(make):
    async with make() as xqute:
        job = await xqute.push(["exit", 0])
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(job.wait)
        assert await job.wait() is job


# --- retry ---------------------------------------------------------------------------------------


async def test_retries_until_they_run_out(make):
    xqute = make(job_error_strategy="retry", job_num_retries=2)
    job = await xqute.push(["exit", 3])
    await xqute.run_until_complete()
    assert (job.status, job.rc, job.trial_count) == (S.FAILED, 3, 2)
    assert xqute.scheduler.submitted == [0, 0, 0]
    assert sorted(path.name for path in job.retry_dir.iterdir()) == ["1", "2"]
    assert (job.retry_dir / "1" / "job.rc").read_text() == "3\n"


async def test_a_retry_that_succeeds(make, until):
    async with make(job_error_strategy="retry") as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.end(job, 1)
        await until(lambda: job.trial_count == 1 and job.status is S.RUNNING)
        xqute.scheduler.end(job, 0)
    assert (job.status, job.rc, job.failure) == (S.FINISHED, 0, None)


async def test_the_delay_before_a_retry_grows(make, plugin):
    retrying, queued = [], []

    async def note_retrying(scheduler, job):
        retrying.append(time.monotonic())

    async def note_queued(scheduler, job):
        queued.append(time.monotonic())

    xqute = make(
        job_error_strategy="retry",
        job_num_retries=3,
        job_retry_delay=0.01,
        plugins=[plugin("on_job_retrying", note_retrying), plugin("on_job_queued", note_queued)],
    )
    await xqute.push(["exit", 1])
    await xqute.run_until_complete()
    waited = [end - begin for begin, end in zip(retrying, queued[1:], strict=True)]
    assert all(seconds >= least for seconds, least in zip(waited, (0.01, 0.02, 0.04), strict=True))


async def test_a_job_that_waits_for_its_retry_lets_others_run(make, consumer_of):
    async with make(job_error_strategy="retry", job_retry_delay=3600) as xqute:
        failed = await xqute.push(["exit", 1])
        assert (await (await xqute.push(["exit", 0])).wait()).status is S.FINISHED
        assert failed.status is S.RETRYING
        assert consumer_of(xqute).waiting == (failed,)
        assert await failed.kill()
        assert failed.status is S.CANCELLED


# --- kill ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cmd", ["run", "pend"])
async def test_kill_waits_until_the_job_is_gone(make, until, cmd):
    async with make() as xqute:
        job = await xqute.push([cmd])
        await until(lambda: job.uid is not None)
        assert await job.kill()
        assert (job.status, job.rc, job.failure) == (S.KILLED, None, None)
        assert xqute.scheduler.cluster == {}
        assert job.status_file.read_text().splitlines()[-1] == "KILLED"
        assert job.lock_file.read_text() == ""


async def test_a_killed_job_is_not_retried(make, until):
    async with make(job_error_strategy="retry") as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        await job.kill()
    assert job.trial_count == 0


async def test_a_killed_job_cannot_start_late(make, until):
    async with make() as xqute:
        job = await xqute.push(["pend"])
        await until(lambda: job.uid is not None)
        await job.kill()
    assert job.metadir.joinpath(f"job.claim.{job.token}").exists()


async def test_a_job_that_waits_is_cancelled(make, until):
    async with make() as xqute:
        first, second = await xqute.push(["run"]), await xqute.push(["exit", 0])
        await until(lambda: first.status is S.RUNNING)
        assert await second.kill()
        assert second.status is S.CANCELLED
        assert not second.metadir.exists()
        xqute.scheduler.end(first)
    assert xqute.scheduler.submitted == [0]


async def test_a_job_that_is_final_is_not_killed(make):
    async with make() as xqute:
        job = await xqute.push(["exit", 0])
        await job.wait()
        assert not await job.kill()
        assert job.status is S.FINISHED


async def test_a_kill_while_it_is_being_submitted(make, until, fake, statuses):
    started, go = anyio.Event(), anyio.Event()

    class Slow(fake):
        async def submit_job(self, job):
            started.set()
            await go.wait()
            return await super().submit_job(job)

    async with make(scheduler=Slow) as xqute, anyio.create_task_group() as tasks:
        job = await xqute.push(["run"])
        await started.wait()
        tasks.start_soon(job.kill)
        await anyio.wait_all_tasks_blocked()
        assert job.status is S.QUEUED
        go.set()
        await job.wait()
    assert statuses(job) == [S.INIT, S.QUEUED, S.SUBMITTED, S.KILLING, S.KILLED]
    assert fake.cluster == {}


async def test_a_kill_while_its_submission_fails(make, fake):
    started, go = anyio.Event(), anyio.Event()

    class Failing(fake):
        async def submit_job(self, job):
            started.set()
            await go.wait()
            raise SubmitFailed("not now")

    async with make(scheduler=Failing) as xqute, anyio.create_task_group() as tasks:
        job = await xqute.push(["run"])
        await started.wait()
        tasks.start_soon(job.kill)
        await anyio.wait_all_tasks_blocked()
        go.set()
        await job.wait()
    assert job.status is S.CANCELLED
