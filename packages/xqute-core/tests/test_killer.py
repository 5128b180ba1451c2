"""Kills: a job that has not begun by then never will, whatever the scheduler makes of the kill."""

import asyncio
import time

import anyio
import pytest

from xqute import JobStatus, SchedulerUnavailable
from xqute._claim import is_given_up
from xqute._killer import Killer
from xqute._records import Records

pytestmark = pytest.mark.anyio
S = JobStatus


@pytest.mark.parametrize(("cmd", "given_up"), [("pend", True), ("run", False)])
async def test_the_claim_is_taken_before_the_scheduler_is_told(
    make, fake, until, monkeypatch, cmd, given_up
):
    async def kill_job(self, job):
        seen.append(is_given_up(job.claim))
        self.cluster.pop(job.uid)

    seen = []
    monkeypatch.setattr(fake, "kill_job", kill_job)
    async with make() as xqute:
        job = await xqute.push([cmd])
        await until(lambda: job.uid is not None)
        assert await job.kill()
    assert seen == [given_up]


async def test_one_whose_claim_cannot_be_taken_is_killed_all_the_same(make, fake, until, caplog):
    class Noting(fake):
        told = ()

        async def kill_job(self, job):
            self.told += ("its claim can't be taken" in caplog.text,)
            await super().kill_job(job)

    async with make(scheduler=Noting) as xqute:
        job = await xqute.push(["pend"])
        await until(lambda: job.uid is not None)
        job.metadir.rename(job.metadir.with_name("away"))
        assert await job.kill()
    assert job.status is S.KILLED
    assert xqute.scheduler.told == (True,)


@pytest.mark.parametrize("trouble", [[], [SchedulerUnavailable("away")]])
async def test_one_that_a_former_run_was_killing_is_finished_off_and_runs_anew(
    make, fake, until, leave, monkeypatch, trouble, consumer_of
):
    async def kill_job(self, job):
        raise SchedulerUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(fake, "kill_job", kill_job)
        xqute = make()
        former = await xqute.push(["pend"])
        await until(lambda: former.uid is not None)
        xqute.scheduler.changed.set()
        consumer_of(xqute).stop()
        await until(lambda: is_given_up(former.claim))
        await leave(xqute)
    async with make() as xqute:
        xqute.scheduler.trouble["kill_job"].extend(trouble)
        job = await xqute.push(["pend"])
        await until(lambda: job.status is S.SUBMITTED)
        assert list(fake.cluster) == [job.uid]
        assert (job.token != former.token, job.resumed) == (True, False)
        assert xqute.scheduler.killed == [0]
        assert await job.kill()


async def test_one_that_does_not_go_is_killed_again_with_a_warning(
    make, fake, until, monkeypatch, caplog
):
    async def kill_job(self, job):
        self.killed.append(job.index)
        if len(self.killed) == 2:
            self.cluster.pop(job.uid)

    monkeypatch.setattr(fake, "kill_job", kill_job)
    fake.kill_again_after = 0.05
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.uid is not None)
        uid = job.uid
        assert await job.kill()
    assert xqute.scheduler.killed[:2] == [0, 0]
    assert f"1 job did not end after being killed, and will be killed again: {uid}" in caplog.text


async def test_a_kill_is_tried_again_until_the_scheduler_can_be_asked(make, until):
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.trouble["kill_job"].extend([SchedulerUnavailable("qdel: no answer")] * 3)
        assert await job.kill()
    assert job.status is S.KILLED
    assert xqute.scheduler.killed == [0]


def delays(caplog):
    return [
        record.args[1] for record in caplog.records if "could not be killed" in record.getMessage()
    ]


async def test_the_delay_grows_while_kills_fail_and_is_the_first_again(make, until, caplog):
    async with make(scheduler_forks=2) as xqute:
        jobs = [await xqute.push(["run"]) for _ in range(2)]
        await until(lambda: all(job.status is S.RUNNING for job in jobs))
        xqute.scheduler.trouble["kill_job"].extend([SchedulerUnavailable("away")] * 3)
        assert await jobs[0].kill()
        xqute.scheduler.trouble["kill_job"].append(SchedulerUnavailable("away"))
        assert await jobs[1].kill()
    assert delays(caplog) == [0.01, 0.02, 0.04, 0.01]


@pytest.mark.parametrize("trouble", [[], [SchedulerUnavailable("away")]])
async def test_one_that_goes_at_once_is_not_said_to_be_still_there(make, until, caplog, trouble):
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.trouble["kill_job"].extend(trouble)
        assert await job.kill()
    assert len(delays(caplog)) == len(trouble)
    assert "did not end after being killed" not in caplog.text


async def test_the_scheduler_is_not_told_to_kill_nothing(make, until, fake):
    class Counting(fake):
        counts = ()

        async def kill_jobs(self, jobs):
            self.counts += (len(jobs),)
            await super().kill_jobs(jobs)

    async with make(scheduler=Counting, scheduler_forks=2) as xqute:
        for _ in range(2):
            job = await xqute.push(["run"])
            await until(lambda job=job: job.status is S.RUNNING)
            assert await job.kill()
    assert xqute.scheduler.counts == (1, 1)


async def test_a_warning_names_ten_jobs(make, until, fake, caplog):
    class Stubborn(fake):
        kill_again_after = 0.01
        times = 0

        async def kill_jobs(self, jobs):
            self.times += 1
            if self.times > 1:
                await super().kill_jobs(jobs)

    xqute = make(scheduler=Stubborn, scheduler_forks=11)
    jobs = [await xqute.push(["run"]) for _ in range(11)]
    await until(lambda: all(job.status is S.RUNNING for job in jobs))
    uids = [job.uid for job in jobs]
    with pytest.raises(KeyError, match="mine"):
        async with xqute:
            raise KeyError("mine")
    assert f"again: {' '.join(uids[:10])}\n" in caplog.text


async def test_one_that_ends_while_the_scheduler_is_told_is_killed_no_more(make, until, fake):
    class Slow(fake):
        async def kill_job(self, job):
            await super().kill_job(job)
            await until(lambda: job.status is S.KILLED)

    async with make(scheduler=Slow) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert await job.kill()
    assert xqute.scheduler.killed == [0]


class TestAlone:
    """The killer without the rest of a run."""

    @pytest.fixture
    def records(self):
        return Records()

    @pytest.fixture
    def scheduler(self, fake, tmp_path):
        class Listing(fake):
            told = ()

            async def kill_jobs(self, jobs):
                self.kill_again_after = 3600.0 if self.told else 0.01
                self.told += tuple(job.index for job in jobs)

        return Listing(tmp_path, 1, {})

    @pytest.fixture
    def submitted(self, records, fake, tmp_path):
        """Makes the record of a job that the scheduler has."""

        def make_record(index):
            record = records.add(fake.job_class(index, ("run",), str(tmp_path), options={}))
            records.accept(record)
            return record

        return make_record

    @pytest.fixture
    async def killer(self, scheduler, records):
        killer = Killer(scheduler, records)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(killer.run)
            yield killer
            tasks.cancel_scope.cancel()

    async def test_another_attempt_that_was_begun_meanwhile_is_not_killed(
        self, records, scheduler, killer, submitted
    ):
        async def kill_jobs(jobs):
            records.leave_scheduler(record)
            records.hand_over(record)
            records.accept(record)

        record = submitted(0)
        former = record.submission
        scheduler.kill_jobs = kill_jobs
        killer.put(record)
        await anyio.wait_all_tasks_blocked()
        assert record.submission is not former
        assert (record.submission.kill_due, record.submission.kill_sent) == (None, False)

    async def test_it_sleeps_until_the_first_kill_is_due_again(
        self, scheduler, killer, submitted, until
    ):
        killer.put(submitted(0))
        await until(lambda: scheduler.told == (0,))
        killer.put(submitted(1))
        await until(lambda: sorted(scheduler.told) == [0, 0, 1])
        with anyio.fail_after(5):
            await anyio.wait_all_tasks_blocked()
        assert sorted(scheduler.told) == [0, 0, 1]

    async def test_a_kill_is_due_at_the_moment_and_not_after(
        self, scheduler, killer, submitted, monkeypatch
    ):
        monkeypatch.setattr(time, "monotonic", lambda: 0.0)
        killer.put(submitted(0))
        for _ in range(10):
            await asyncio.sleep(0)
        assert scheduler.told == (0,)

    async def test_it_looks_no_more_often_than_there_are_kills(
        self, records, scheduler, killer, submitted
    ):
        class Counting(dict):
            looks = 0

            def values(self):
                self.looks += 1
                return super().values()

        records.to_kill = Counting()
        killer.put(submitted(0))
        scheduler.told = (9,)  # So that the next kill is an hour away.
        await anyio.wait_all_tasks_blocked()
        looks = records.to_kill.looks
        for _ in range(100):
            await asyncio.sleep(0)
        assert scheduler.told == (9, 0)
        assert records.to_kill.looks == looks
