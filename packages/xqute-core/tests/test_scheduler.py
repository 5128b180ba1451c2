"""What a scheduler does that has only the three methods."""

import pytest

from xqute import (
    QueueState,
    Scheduler,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def scheduler(fake, tmp_path):
    return fake(tmp_path, 1, {})


@pytest.fixture
def jobs(fake, tmp_path):
    """Makes jobs of these commands; their folders are there."""

    def make_jobs(*commands):
        made = [
            fake.job_class(index, command, str(tmp_path), options={})
            for index, command in enumerate(commands)
        ]
        for job in made:
            job.metadir.mkdir()
        return made

    return make_jobs


async def submit(scheduler, jobs):
    """Submit jobs, and return what became of each."""
    outcomes = [outcome async for _, outcome in scheduler.submit_jobs(jobs)]
    for job, outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, str):
            job.attempt = job.attempt.with_uid(outcome)
    return outcomes


async def test_each_submission_has_its_own_outcome(scheduler, jobs):
    errors = [SubmitFailed("a"), SubmitDoubtful("b"), SubmitRejected("c")]
    scheduler.trouble["submit_job"].extend(errors)
    *failed, uid = await submit(scheduler, jobs(*[("pend",)] * 4))
    assert failed == errors
    assert uid in scheduler.cluster


async def test_a_defect_of_a_submission_is_raised(scheduler, jobs):
    scheduler.trouble["submit_job"].append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await submit(scheduler, jobs(("pend",)))


async def test_the_states_of_jobs(scheduler, jobs):
    pending, running, gone = some = jobs(("pend",), ("run",), ("exit", "0"))
    await submit(scheduler, some)
    assert await scheduler.job_states(some) == {
        pending: QueueState.PENDING,
        running: QueueState.RUNNING,
        gone: QueueState.GONE,
    }


async def test_all_are_killed(scheduler, jobs):
    some = jobs(("pend",), ("run",))
    await submit(scheduler, some)
    await scheduler.kill_jobs(some)
    assert (scheduler.killed, scheduler.cluster) == ([0, 1], {})


async def test_jobs_are_found_by_their_ids_alone(scheduler, jobs):
    some = jobs(("pend",), ("exit", "0"), ("pend",))
    await submit(scheduler, some)
    uid = some[0].uid
    some[2].attempt = some[2].attempt.unsubmitted(keep_token=True)
    assert await scheduler.find_jobs(some) == {some[0]: uid}
    assert not scheduler.finds_by_name


async def test_one_that_looks_jobs_up_itself_finds_them_by_name(fake, tmp_path):
    class ByName(fake):
        async def find_jobs(self, jobs):
            return {}

    assert ByName(tmp_path, 1, {}).finds_by_name


async def test_nothing_is_known_of_jobs_that_are_gone(scheduler, jobs):
    some = jobs(("die",))
    assert await scheduler.accounts(some) == {}
    assert scheduler.usage(some[0]) is None


async def test_the_rest_does_nothing(scheduler, jobs):
    (job,) = jobs(("pend",))
    await scheduler.start()
    await scheduler.close()
    scheduler.follow(job, "17")
    scheduler.check_former(job)
    assert job.uid is None


@pytest.mark.parametrize("missing", ["submit_job", "kill_job", "job_is_running"])
def test_the_three_methods_must_be_there(fake, tmp_path, missing):
    incomplete = type("Incomplete", (fake,), {missing: getattr(Scheduler, missing)})
    with pytest.raises(TypeError, match=missing):
        incomplete(tmp_path, 1, {})
