"""A second run in the folder of a first one that was left in the middle."""

from pathlib import Path

import pytest

from xqute import JobStatus, MetadirConflict, SchedulerUnavailable
from xqute._attempt_files import Intent, write_script, write_uid
from xqute._former import Former, Plan, plan, read_former

anyio_test = pytest.mark.anyio
S = JobStatus


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(
    ("former_rc", "same", "ignoring", "resuming"),
    [
        (0, True, Plan.RUN, Plan.COLLECT),
        (0, False, Plan.RUN, Plan.RUN),
        (1, True, Plan.RUN, Plan.RUN),
        (1, False, Plan.RUN, Plan.RUN),
        (None, True, Plan.TAKE_UP, Plan.TAKE_UP),
        (None, False, Plan.CONFLICT, Plan.CONFLICT),
    ],
)
def test_the_plan(former_rc, same, ignoring, resuming, resume):
    former = Former(Intent(0, "ab", "ff"), former_rc, None)
    wanted = resuming if resume else ignoring
    assert plan(former, "ff" if same else "00", resume=resume) is wanted


def test_the_plan_for_a_new_job():
    assert plan(None, "ff", resume=True) is Plan.RUN


@pytest.fixture
def former(make, until, leave):
    """Run one job until it has begun, and leave it."""

    async def former(cmd, **more):
        xqute = make(**more)
        job = await xqute.push(cmd)
        await until(lambda: job.uid is not None)
        if cmd[0] == "run":
            await until(lambda: job.status is S.RUNNING)
        await leave(xqute)
        return xqute, job

    return former


@anyio_test
@pytest.mark.parametrize("resume", [False, True])
async def test_a_job_that_still_runs_is_taken_up(make, until, former, fake, resume):
    _, before = await former(["run"])
    async with make(job_resume=resume) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert (job.uid, job.resumed, job.token) == (before.uid, True, before.token)
        xqute.scheduler.end(job, 3)
    assert (job.status, job.rc) == (S.FAILED, 3)
    assert xqute.scheduler.submitted == []


@anyio_test
async def test_a_job_that_was_taken_up_can_be_killed(make, until, former, fake):
    await former(["run"])
    async with make() as xqute:
        job = await xqute.push(["run"])
        assert await job.kill()
    assert job.status is S.KILLED
    assert fake.cluster == {}


@anyio_test
async def test_a_job_that_ended_meanwhile_is_collected(make, former):
    # T3
    before, job = await former(["run"])
    before.scheduler.end(job)
    async with make(job_resume=True) as xqute:
        job = await xqute.push(["run"])
        assert (job.status, job.rc, job.resumed) == (S.FINISHED, 0, True)
        assert job.usage.wall >= 0
    assert xqute.scheduler.submitted == []


@anyio_test
async def test_without_resume_what_ended_is_run_anew(make, former):
    await former(["exit", 0])
    async with make() as xqute:
        job = await xqute.push(["exit", 0])
    assert (job.status, job.resumed) == (S.FINISHED, False)
    assert xqute.scheduler.submitted == [0]


@anyio_test
async def test_what_failed_is_run_anew(make, former):
    await former(["exit", 1])
    async with make(job_resume=True) as xqute:
        job = await xqute.push(["exit", 1])
    assert (job.status, job.resumed) == (S.FAILED, False)
    assert xqute.scheduler.submitted == [0]


@anyio_test
async def test_another_job_that_ended_is_not_collected(make, former):
    await former(["exit", 0])
    async with make(job_resume=True) as xqute:
        await xqute.push(["exit", "0"], env={"A": "1"})
    assert xqute.scheduler.submitted == [0]


@anyio_test
@pytest.mark.parametrize(
    "change", [{"env": {"A": "1"}}, {"cwd": "/"}, {"timeout": 5}, {"queue": "long"}], ids=str
)
async def test_another_job_that_still_runs_is_a_conflict(make, former, fake, change):
    _, before = await former(["run"])
    xqute = make()
    with pytest.raises(MetadirConflict, match=before.uid):
        await xqute.push(["run"], **change)
    assert await xqute.run_until_complete() == []
    assert list(fake.cluster) == [before.uid]


@anyio_test
async def test_the_kill_grace_makes_no_other_job(make, until, former):
    await former(["run"])
    async with make(kill_grace=1.0) as xqute:
        job = await xqute.push(["run"], kill_grace=2.0)
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.end(job)


@anyio_test
async def test_another_job_that_is_gone_is_no_conflict(make, former, fake):
    await former(["run"])
    fake.cluster.clear()
    async with make() as xqute:
        job = await xqute.push(["exit", 0])
    assert (job.status, job.resumed) == (S.FINISHED, False)


@anyio_test
async def test_a_job_that_died_meanwhile_runs_again(make, until, former, fake):
    _, before = await former(["run"])
    fake.cluster.clear()
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert job.token != before.token
        assert not job.resumed
        xqute.scheduler.end(job)
    assert xqute.scheduler.submitted == [0]


@anyio_test
async def test_a_job_that_never_started_meanwhile_is_sent_again_with_its_claim(
    make, until, former, fake
):
    _, before = await former(["pend"])
    fake.cluster.clear()
    async with make() as xqute:
        job = await xqute.push(["pend"])
        await until(lambda: job.status is S.SUBMITTED)
        assert job.token == before.token
        xqute.scheduler.begin(job)
        xqute.scheduler.end(job)
    assert xqute.scheduler.submitted == [0]


@anyio_test
async def test_the_retries_go_on_where_they_were(make, until, leave):
    xqute = make(job_error_strategy="retry", job_num_retries=2)
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    xqute.scheduler.end(job, 1)
    await until(lambda: job.trial_count == 1 and job.status is S.RUNNING)
    await leave(xqute)
    xqute = make(job_error_strategy="retry", job_num_retries=2)
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    assert job.trial_count == 1
    xqute.scheduler.end(job, 1)
    await until(lambda: job.trial_count == 2 and job.status is S.RUNNING)
    xqute.scheduler.end(job, 1)
    await xqute.run_until_complete()
    assert job.status is S.FAILED
    assert sorted(path.name for path in job.retry_dir.iterdir()) == ["1", "2"]


@anyio_test
async def test_what_an_earlier_attempt_left_is_kept_when_a_later_one_died(make, until, leave, fake):
    xqute = make(job_error_strategy="retry")
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    xqute.scheduler.end(job, 1)
    await until(lambda: job.trial_count == 1 and job.status is S.RUNNING)
    (job.metadir / "job.stdout").write_text("of the attempt that died\n")
    await leave(xqute)
    fake.cluster.clear()
    async with make(job_error_strategy="retry") as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.end(job)
    left = job.retry_dir / "1"
    assert (left / "job.rc").read_text() == "1\n"
    assert not (left / "job.stdout").exists()


@anyio_test
async def test_it_is_looked_up_until_the_scheduler_can_be_asked(make, until, former, fake):
    await former(["run"])

    class Hesitating(fake):
        async def find_jobs(self, jobs):
            self._raise("find_jobs")
            return await super().find_jobs(jobs)

    async with make(scheduler=Hesitating) as xqute:
        xqute.scheduler.trouble["find_jobs"].extend([SchedulerUnavailable("no answer")] * 3)
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.end(job)
    assert xqute.scheduler.submitted == []


@anyio_test
async def test_many_jobs_that_were_left_are_taken_up_in_one_question(make, until, leave, fake):
    asked = []

    class Asking(fake):
        async def find_jobs(self, jobs):
            asked.append(len(jobs))
            return await super().find_jobs(jobs)

    xqute = make(scheduler=Asking, scheduler_forks=20)
    for _ in range(20):
        await xqute.push(["run"])
    await until(lambda: len(fake.cluster) == 20 and all(job.uid for job in xqute.jobs))
    await leave(xqute)
    async with make(scheduler=Asking, scheduler_forks=20) as xqute:
        for _ in range(20):
            await xqute.push(["run"])
        await until(lambda: all(job.status is S.RUNNING for job in xqute.jobs))
        for job in xqute.jobs:
            xqute.scheduler.end(job)
    assert len(asked) <= 20
    assert xqute.scheduler.submitted == []


@anyio_test
async def test_a_job_that_waits_has_no_output_of_a_former_run(make, until, former, fake):
    """Otherwise a program that is run again takes what it reads for this run's."""
    xqute, before = await former(["run"])
    before.stdout_file.write_text("of then\n")
    before.stderr_file.write_text("of then\n")
    xqute.scheduler.end(before)
    async with make() as xqute:
        first = await xqute.push(["pend"])
        assert (first.status, await first.stdout(), await first.stderr()) == (S.QUEUED, "", "")
        follow = first.lines()
        assert await first.kill()
        assert [line async for line in follow] == []


@anyio_test
async def test_what_is_taken_up_or_collected_has_its_output(make, until, former, fake):
    _, before = await former(["run"])
    before.stdout_file.write_text("of then\n")
    async with make(job_resume=True) as xqute:
        job = await xqute.push(["run"])
        assert await job.stdout() == "of then\n"
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.end(job)
    async with make(job_resume=True) as xqute:
        job = await xqute.push(["run"])
        assert (job.status, await job.stdout()) == (S.FINISHED, "of then\n")


# --- the lock that it has left -------------------------------------------------------------------


@pytest.fixture
def left_locked(make, until, leave):
    """Run one job until it has begun, and leave it with its lock."""

    async def left_locked():
        xqute = make()
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        await leave(xqute)
        assert job.lock_file.exists()
        return xqute.scheduler, job

    return left_locked


@anyio_test
async def test_it_ends_while_it_is_looked_up(make, left_locked, fake):
    scheduler, former = await left_locked()

    class EndsMeanwhile(fake):
        async def find_jobs(self, jobs):
            scheduler.end(former)
            return {}

    async with make(scheduler=EndsMeanwhile) as xqute:
        job = await xqute.push(["run"])
    assert (job.status, job.rc, job.uid) == (S.FINISHED, 0, former.uid)
    assert job.lock_file.read_text() == ""


@anyio_test
async def test_it_is_killed_while_it_is_looked_up_in_vain(make, left_locked, fake, consumer_of):
    scheduler, _ = await left_locked()

    class Killed(fake):
        async def find_jobs(self, jobs):
            scheduler.cluster.clear()
            consumer_of(xqute).stop()
            return {}

    async with make(scheduler=Killed) as xqute:
        job = await xqute.push(["run"])
    assert job.status is S.CANCELLED
    assert job.lock_file.read_text() == ""


@anyio_test
async def test_it_had_ended_and_is_collected(make, left_locked):
    scheduler, former = await left_locked()
    scheduler.end(former)
    async with make(job_resume=True) as xqute:
        job = await xqute.push(["run"])
    assert job.status is S.FINISHED
    assert job.lock_file.read_text() == ""


# --- what it has left on disk --------------------------------------------------------------------

INTENT = Intent(2, "0123456789ab", "ff00")


@pytest.fixture
def left_on_disk(tmp_path):
    """The folder of a job with its script, and the path of that script."""
    folder, script = f"{tmp_path}/0", f"{tmp_path}/0/job.wrapped.fake"
    write_script(folder, script, "#!/bin/sh\n", INTENT)
    return folder, script


def test_uid_and_rc_are_read_with_the_intent(left_on_disk):
    write_uid(left_on_disk[0], "17")
    Path(left_on_disk[0], "job.rc").write_text("3\n")
    assert read_former(*left_on_disk) == Former(INTENT, 3, "17")


def test_a_uid_that_is_empty_is_none(left_on_disk):
    Path(left_on_disk[0], "job.lock").write_text("\n")
    assert read_former(*left_on_disk) == Former(INTENT, None, None)


def test_nothing_is_left_where_no_script_is(left_on_disk):
    Path(left_on_disk[1]).unlink()
    assert read_former(*left_on_disk) is None
