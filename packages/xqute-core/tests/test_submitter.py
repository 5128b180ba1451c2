"""How jobs get to the scheduler, whatever it answers."""

import pytest

from xqute import (
    FailureKind,
    JobStatus,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
)

pytestmark = pytest.mark.anyio
S = JobStatus


async def test_a_transient_failure_is_tried_again(make):
    # T11
    async with make() as xqute:
        xqute.scheduler.trouble["submit_job"].extend([SubmitFailed("gdi request")] * 3)
        job = await xqute.push(["exit", 0])
    assert (job.status, job.trial_count) == (S.FINISHED, 0)
    assert xqute.scheduler.submitted == [0]


async def test_the_delay_grows_while_submissions_fail(make, caplog):
    async with make() as xqute:
        xqute.scheduler.trouble["submit_job"].extend([SubmitFailed("gdi request")] * 3)
        await xqute.push(["exit", 0])
    delays = [record.args[2] for record in caplog.records if "submitted" in record.getMessage()]
    assert delays == [0.01, 0.02, 0.04]
    assert "gdi request" in caplog.text


async def test_jobs_that_could_not_be_sent_keep_their_order(make, fake):
    class Closed(fake):
        open = False

        async def submit_job(self, job):
            if not self.open:
                raise SubmitFailed("not now")
            return await super().submit_job(job)

    async with make(scheduler=Closed, scheduler_forks=4) as xqute:
        for _ in range(6):
            await xqute.push(["exit", 0])
        xqute.scheduler.open = True
    assert xqute.scheduler.submitted == [0, 1, 2, 3, 4, 5]


async def test_a_failing_submission_holds_no_more_than_its_slot(make):
    async with make(scheduler_forks=2) as xqute:
        xqute.scheduler.trouble["submit_job"].extend([SubmitFailed("not now")] * 5)
        for _ in range(6):
            await xqute.push(["exit", 0])
    assert [job.status for job in xqute.jobs] == [S.FINISHED] * 6
    assert xqute.scheduler.most <= 2


@pytest.mark.parametrize("strategy", ["ignore", "retry"])
async def test_a_refused_job_fails_at_once_with_the_words_of_the_scheduler(make, strategy):
    async with make(job_error_strategy=strategy) as xqute:
        xqute.scheduler.trouble["submit_job"].append(SubmitRejected("no such queue: x.q"))
        job = await xqute.push(["exit", 0])
        other = await xqute.push(["exit", 0])
    assert (job.status, job.rc, job.trial_count) == (S.FAILED, None, 0)
    assert job.failure.kind is FailureKind.REJECTED
    assert job.failure.detail == "no such queue: x.q"
    assert other.status is S.FINISHED


async def test_a_doubtful_submission_that_arrived_is_not_sent_again(make, until, fake):
    class ByName(fake):
        async def find_jobs(self, jobs):
            self._raise("find_jobs")
            names = {name: uid for uid, name in self.cluster.items()}
            return {job: names[job.unique_name] for job in jobs if job.unique_name in names}

    async with make(scheduler=ByName) as xqute:
        xqute.scheduler.trouble["after_submit"].append(SubmitDoubtful("timed out"))
        xqute.scheduler.trouble["find_jobs"].append(SchedulerUnavailable("timed out"))
        job = await xqute.push(["pend"])
        await until(lambda: job.status is S.SUBMITTED)
        assert job.uid in fake.cluster
        xqute.scheduler.begin(job)
        xqute.scheduler.end(job)
    assert xqute.scheduler.submitted == [0]
    assert job.status is S.FINISHED


async def test_a_doubtful_submission_that_did_not_arrive_is_sent_again(make):
    async with make() as xqute:
        xqute.scheduler.trouble["submit_job"].append(SubmitDoubtful("timed out"))
        job = await xqute.push(["exit", 0])
    assert xqute.scheduler.submitted == [0]
    assert (job.status, job.trial_count) == (S.FINISHED, 0)


async def test_a_doubtful_submission_that_ran_and_ended_is_not_sent_again(make):
    async with make() as xqute:
        xqute.scheduler.trouble["after_submit"].append(SubmitDoubtful("timed out"))
        job = await xqute.push(["exit", 3])
    assert xqute.scheduler.submitted == [0]
    assert (job.status, job.rc) == (S.FAILED, 3)


async def test_a_job_sent_twice_keeps_its_claim(make):
    tokens = []

    async with make() as xqute:
        scheduler = xqute.scheduler
        act = scheduler.act

        def note(job, uid):
            tokens.append((job.token, job.script_file.read_text()))
            if len(tokens) > 1:
                act(job, uid)

        scheduler.act = note
        scheduler.trouble["after_submit"].append(SubmitDoubtful("timed out"))
        # By default nothing can be looked up by name, so it is sent again.
        await xqute.push(["exit", 0])
    assert len(tokens) == 2
    assert tokens[0] == tokens[1]


async def test_no_answer_is_a_doubtful_answer(make, fake):
    class Silent(fake):
        async def submit_jobs(self, jobs):
            async for answer in super().submit_jobs(jobs):
                if self.trouble["silence"]:
                    self.trouble["silence"].pop()
                else:
                    yield answer

    async with make(scheduler=Silent) as xqute:
        xqute.scheduler.trouble["silence"].append(True)
        job = await xqute.push(["exit", 0])
    assert job.status is S.FINISHED
    assert xqute.scheduler.submitted == [0]


@pytest.mark.parametrize("method", ["submit_job", "job_states", "kill_job"])
async def test_a_defect_of_the_scheduler_ends_the_run_with_its_exception(
    make, until, method, consumer_of
):
    class Defect(Exception):
        pass

    xqute = make()
    xqute.scheduler.trouble[method].append(Defect("mine"))
    job = await xqute.push(["run"])
    if method == "kill_job":
        await until(lambda: job.status is S.RUNNING)
        consumer_of(xqute).stop()
    with pytest.raises(Defect, match="mine"):
        await xqute.run_until_complete()


async def test_a_defect_ends_as_completed_too(make):
    xqute = make()
    xqute.scheduler.trouble["job_states"].append(RuntimeError("mine"))
    await xqute.push(["run"])
    with pytest.raises(RuntimeError, match="mine"):
        [job async for job in xqute.as_completed()]


async def test_a_script_that_cannot_be_written_fails_its_job_alone(make, tmp_path):
    async with make() as xqute:
        (tmp_path / "jobs" / "0").touch()
        job = await xqute.push(["exit", 0])
        other = await xqute.push(["exit", 0])
    assert (job.status, job.rc) == (S.FAILED, None)
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert "Not a directory" in job.failure.detail
    assert other.status is S.FINISHED


async def test_a_wrap_cmd_that_raises_fails_its_job_alone(make, fake):
    class Odd(fake.job_class):
        __slots__ = ()

        def wrap_cmd(self, scheduler):
            if self.index == 0:
                raise KeyError("mine")
            return super().wrap_cmd(scheduler)

    async with make(scheduler=type("WithOdd", (fake,), {"job_class": Odd})) as xqute:
        job, other = await xqute.push(["exit", 0]), await xqute.push(["exit", 0])
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert "mine" in job.failure.detail
    assert other.status is S.FINISHED


async def test_the_intent_is_on_disk_before_the_scheduler_is_called(make, fake):
    scripts = []

    class Looking(fake):
        async def submit_job(self, job):
            scripts.append(job.script_file.read_text())
            return await super().submit_job(job)

    async with make(scheduler=Looking) as xqute:
        job = await xqute.push(["exit", 0])
    assert f"token={job.token} fingerprint={job.fingerprint}\n" in scripts[0]


@pytest.mark.parametrize("shared", [False, True])
async def test_the_uid_is_in_the_lock_while_the_attempt_lives(make, until, fake, shared):
    fake.shared_files = shared
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert job.lock_file.read_text() == f"{job.uid}\n"
        xqute.scheduler.end(job)
        await job.wait()
        assert job.lock_file.read_text() == ""


async def test_what_is_pushed_within_an_interval_goes_together(make, fake):
    batches = []

    class Batches(fake):
        submit_interval = 0.01

        async def submit_jobs(self, jobs):
            batches.append(len(jobs))
            async for answer in super().submit_jobs(jobs):
                yield answer

    async with make(scheduler=Batches, scheduler_forks=50) as xqute:
        for _ in range(50):
            await xqute.push(["exit", 0])
    assert sum(batches) == 50
    assert len(batches) < 25


async def test_a_second_answer_for_one_job_does_not_lose_it(make, until, fake):
    class Twice(fake):
        async def submit_jobs(self, jobs):
            async for job, uid in super().submit_jobs(jobs):
                yield job, uid
                yield job, SubmitFailed("not now")

    async with make(scheduler=Twice) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert await job.kill()
    assert job.status is S.KILLED
    assert xqute.scheduler.submitted == [0]
