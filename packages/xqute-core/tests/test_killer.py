"""Kills: a job that has not begun by then never will, whatever the scheduler makes of the kill."""

import pytest

from xqute import JobStatus, SchedulerUnavailable
from xqute._claim import is_given_up

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


async def test_one_whose_claim_cannot_be_taken_is_killed_all_the_same(make, until, caplog):
    async with make() as xqute:
        job = await xqute.push(["pend"])
        await until(lambda: job.uid is not None)
        job.metadir.rename(job.metadir.with_name("away"))
        assert await job.kill()
    assert job.status is S.KILLED
    assert "its claim can't be taken" in caplog.text


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
    assert (
        f"1 jobs are still there after they were killed, and are killed again: {uid}" in caplog.text
    )


async def test_a_kill_is_tried_again_until_the_scheduler_can_be_asked(make, until):
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.trouble["kill_job"].extend([SchedulerUnavailable("qdel: no answer")] * 3)
        assert await job.kill()
    assert job.status is S.KILLED
    assert xqute.scheduler.killed == [0]
