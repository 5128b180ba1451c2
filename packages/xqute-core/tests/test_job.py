"""A job: its options, its names, where it is, and what a caller does with it."""

import pytest

from xqute import JobStatus, XquteError

pytestmark = pytest.mark.anyio
S = JobStatus


@pytest.fixture
def alone(fake):
    """A job that no producer has made."""
    return fake.job_class(3, ("exit", "0"), "/jobs", options={})


def test_one_that_was_just_made(alone):
    assert (alone.status, list(alone.times)) == (S.INIT, [S.INIT])
    assert (alone.uid, alone.rc, alone.failure, alone.usage) == (None, None, None, None)
    assert (alone.trial_count, alone.token, alone.resumed) == (0, "", False)
    assert repr(alone) == "<FakeJob 3 INIT ('exit', '0')>"


def test_only_moves_of_the_table_can_be_made(alone):
    alone.move(S.QUEUED)
    with pytest.raises(XquteError, match="can't move to RUNNING"):
        alone.move(S.RUNNING)
    assert (alone.status, list(alone.times)) == (S.QUEUED, [S.INIT, S.QUEUED])


async def test_one_that_was_not_pushed_cannot_be_waited_for(alone):
    for call in (alone.wait, alone.kill):
        with pytest.raises(XquteError, match=r"not created by Xqute\.push"):
            await call()


def test_a_retry_replaces_the_options_of_the_job(fake, tmp_path):
    scheduler = fake(tmp_path, 1, {"queue": "of the run", "kill_grace": 3.0})
    job = fake.job_class(0, ("run",), str(tmp_path), options={"queue": "its own"})
    assert (job.option(scheduler, "queue"), dict(job.options)) == ("its own", {"queue": "its own"})
    job.attempt = job.attempt.next({"queue": "of the retry"}, {"queue": "of the retry"})
    assert job.option(scheduler, "queue") == "of the retry"
    assert dict(job.options) == {"queue": "of the retry"}
    assert job.option(scheduler, "kill_grace") == 3.0


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


async def test_a_unique_name_is_one_of_an_attempt(make):
    names = []
    async with make(job_error_strategy="retry", job_num_retries=1) as xqute:
        act = xqute.scheduler.act
        xqute.scheduler.act = lambda job, uid: (names.append(job.unique_name), act(job, uid))
        await xqute.push(["exit", 1], name="my job/ä")
        await xqute.push(["exit", 0])
    assert len(set(names)) == 3
    assert sum(name.startswith("xmy_job__.0.") for name in names) == 2


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
