"""Jobs from push to their end, with a scheduler whose jobs do what their commands say."""

import anyio
import pytest

from xqute import FailureKind, Halted, JobStatus, RunEnded, SubmitFailed

pytestmark = pytest.mark.anyio
S = JobStatus


async def test_all_jobs_are_run_and_returned(make):
    xqute = make()
    first = await xqute.push(["exit", 0])
    second = await xqute.push(["exit", 0])
    assert await xqute.run_until_complete() == [first, second] == xqute.jobs
    assert [(job.status, job.rc, job.failure) for job in xqute.jobs] == [(S.FINISHED, 0, None)] * 2


async def test_a_run_without_jobs_ends(make):
    assert await make().run_until_complete() == []


async def test_a_second_wait_returns_the_same(make):
    xqute = make()
    await xqute.push(["exit", 0])
    assert await xqute.run_until_complete() == await xqute.run_until_complete()


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


async def test_the_consumer_says_what_waits_and_what_runs(make, until):
    async with make(scheduler_forks=1) as xqute:
        first, second = await xqute.push(["run"]), await xqute.push(["exit", 0])
        await until(lambda: first.status is S.RUNNING)
        assert (xqute._consumer.running, xqute._consumer.waiting) == ((first,), (second,))
        xqute.scheduler.end(first)


async def test_states_come_in_order_with_their_times(make, statuses):
    xqute = make()
    job = await xqute.push(["exit", 0])
    await xqute.run_until_complete()
    assert statuses(job) == [S.INIT, S.QUEUED, S.SUBMITTED, S.RUNNING, S.FINISHED]
    assert list(job.times.values()) == sorted(job.times.values())


async def test_what_a_job_used(make):
    xqute = make()
    job = await xqute.push(["exit", 0])
    await xqute.run_until_complete()
    assert job.usage.wall >= 0


async def test_options_of_one_job(make, tmp_path):
    (tmp_path / "here").mkdir()
    xqute = make(queue="long", env={"A": "1", "B": "1"}, kill_grace=7.0)
    job = await xqute.push(["exit", 0], queue="short", env={"B": "2"}, cwd=tmp_path / "here")
    other = await xqute.push(["exit", 0])
    await xqute.run_until_complete()
    scheduler = xqute.scheduler
    assert (job.option(scheduler, "queue"), other.option(scheduler, "queue")) == ("short", "long")
    assert job.option(scheduler, "kill_grace") == 7.0
    assert job.environment(scheduler) == {"A": "1", "B": "2"}
    assert job.workdir(scheduler) == str(tmp_path / "here")
    assert "export B=2" in job.script_file.read_text()


async def test_a_unique_name_is_one_of_an_attempt(make):
    names = []
    async with make(job_error_strategy="retry", job_num_retries=1) as xqute:
        act = xqute.scheduler.act
        xqute.scheduler.act = lambda job, uid: (names.append(job.unique_name), act(job, uid))
        await xqute.push(["exit", 1], name="my job/ä")
        await xqute.push(["exit", 0])
    assert len(set(names)) == 3
    assert sum(name.startswith("xmy_job__.0.") for name in names) == 2


# --- as_completed, wait --------------------------------------------------------------------------


async def test_as_completed_yields_in_the_order_of_ends(make, until):
    xqute = make(scheduler_forks=3)
    jobs = [await xqute.push(["run"]) for _ in range(3)]
    await until(lambda: all(job.status is S.RUNNING for job in jobs))
    order = [jobs[2], jobs[0], jobs[1]]
    xqute.scheduler.end(order[0])
    seen = []
    async for job in xqute.as_completed():
        seen.append(job)
        if len(seen) < 3:
            xqute.scheduler.end(order[len(seen)])
    assert seen == order
    with pytest.raises(RunEnded):
        await xqute.push(["exit", 0])


async def test_as_completed_yields_what_ended_before_and_what_is_pushed_meanwhile(make):
    xqute = make()
    await (await xqute.push(["exit", 0])).wait()
    seen = []
    async for job in xqute.as_completed():
        seen.append(job.index)
        if len(seen) < 3:
            await xqute.push(["exit", 0])
    assert seen == [0, 1, 2]


async def test_as_completed_without_jobs_ends(make):
    assert [job async for job in make().as_completed()] == []


async def test_as_completed_yields_each_job_once_whatever_its_retries(make):
    xqute = make(job_error_strategy="retry", job_num_retries=2)
    await xqute.push(["exit", 1])
    assert [job.trial_count async for job in xqute.as_completed()] == [2]


async def test_a_push_that_fails_is_not_yielded(make, monkeypatch):
    xqute = make()
    await xqute.push(["exit", 0])
    monkeypatch.setattr("xqute._producer.resume_former", _raise_disk_error)
    seen = []
    async for job in xqute.as_completed():
        seen.append(job)
        with pytest.raises(OSError, match="disk"):
            await xqute.push(["exit", 0])
    assert seen == xqute.jobs


async def _raise_disk_error(*_args, **_more):
    raise OSError("disk")


async def test_a_push_that_fails_gives_its_index_back(make, monkeypatch):
    xqute = make()
    with monkeypatch.context() as patch:
        patch.setattr("xqute._producer.resume_former", _raise_disk_error)
        with pytest.raises(OSError, match="disk"):
            await xqute.push(["exit", 0])
    job = await xqute.push(["exit", 0])
    assert job.index == 0
    assert await xqute.run_until_complete() == [job]


async def test_many_may_wait_for_one_job(make):
    async with make() as xqute:
        job = await xqute.push(["exit", 0])
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(job.wait)
        assert await job.wait() is job


# --- retry and halt ------------------------------------------------------------------------------


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


async def test_the_delay_before_a_retry_grows(make):
    xqute = make(job_error_strategy="retry", job_num_retries=3, job_retry_delay=0.05)
    delays = []
    put_later = xqute._consumer._submitter.put_later
    xqute._consumer._submitter.put_later = lambda job, delay: (
        delays.append(delay),
        put_later(job, delay),
    )
    await xqute.push(["exit", 1])
    await xqute.run_until_complete()
    assert delays == [0.05, 0.1, 0.2]


async def test_a_job_that_waits_for_its_retry_lets_others_run(make):
    async with make(job_error_strategy="retry", job_retry_delay=3600) as xqute:
        failed = await xqute.push(["exit", 1])
        assert (await (await xqute.push(["exit", 0])).wait()).status is S.FINISHED
        assert failed.status is S.RETRYING
        assert xqute._consumer.waiting == (failed,)
        assert await failed.kill()
        assert failed.status is S.CANCELLED


async def test_halt_kills_the_rest_and_raises_with_the_job(make):
    # T6
    xqute = make(job_error_strategy="halt", scheduler_forks=2)
    running = await xqute.push(["run"])
    failing = await xqute.push(["exit", 3])
    waiting = await xqute.push(["run"])
    with pytest.raises(Halted) as halted:
        await xqute.run_until_complete()
    assert halted.value.job is failing
    assert (running.status, waiting.status) == (S.KILLED, S.CANCELLED)
    assert xqute.scheduler.cluster == {}
    assert "exit status 3" in str(halted.value)


async def test_halt_names_the_first_that_failed(make):
    xqute = make(job_error_strategy="halt", scheduler_forks=1)
    for _ in range(3):
        await xqute.push(["exit", 1])
    with pytest.raises(Halted) as halted:
        await xqute.run_until_complete()
    assert halted.value.job.index == 0
    assert xqute.scheduler.submitted == [0]


async def test_halt_refuses_pushes(make, until):
    xqute = make(job_error_strategy="halt")
    await (await xqute.push(["exit", 1])).wait()
    with pytest.raises(Halted):
        await xqute.push(["exit", 0])
    with pytest.raises(Halted):
        await xqute.run_until_complete()


async def test_halt_without_a_failure_returns(make):
    xqute = make(job_error_strategy="halt")
    job = await xqute.push(["exit", 0])
    assert await xqute.run_until_complete() == [job]


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


# --- cut short -----------------------------------------------------------------------------------


async def test_an_exception_in_the_block_kills_the_jobs(make, until, fake):
    xqute = make(scheduler_forks=1)
    running, waiting = await xqute.push(["run"]), await xqute.push(["run"])
    await until(lambda: running.status is S.RUNNING)
    with pytest.raises(RuntimeError, match="mine"):
        async with xqute:
            raise RuntimeError("mine")
    assert (running.status, waiting.status) == (S.KILLED, S.CANCELLED)
    assert fake.cluster == {}


async def test_a_cancelled_wait_kills_the_jobs(make, until, fake):
    xqute = make(scheduler_forks=1)
    running, waiting = await xqute.push(["run"]), await xqute.push(["run"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(xqute.run_until_complete)
        await until(lambda: running.status is S.RUNNING)
        tasks.cancel_scope.cancel()
    assert (running.status, waiting.status) == (S.KILLED, S.CANCELLED)
    assert fake.cluster == {}


async def test_the_folder_is_free_after_the_end(make):
    for _ in range(2):
        async with make() as xqute:
            await xqute.push(["exit", 0])


async def test_a_job_left_behind_is_left_as_it_is(make, until, leave, fake):
    xqute = make()
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    async with anyio.create_task_group() as tasks:

        async def wait():
            with pytest.raises(RunEnded, match="left"):
                await job.wait()

        async def complete():
            assert [j async for j in xqute.as_completed()] == []

        tasks.start_soon(wait)
        tasks.start_soon(complete)
        await anyio.wait_all_tasks_blocked()
        await leave(xqute)
    assert len(fake.cluster) == 1
    with pytest.raises(RunEnded):
        await job.kill()
