"""What becomes of submitted jobs: what the scheduler says, and what the files say."""

import logging
import time

import pytest

from xqute import (
    Failure,
    FailureKind,
    InError,
    JobStatus,
    QueueState,
    SchedulerUnavailable,
)

pytestmark = pytest.mark.anyio
S = JobStatus


# --- the scheduler does not answer ---------------------------------------------------------------


async def test_no_verdict_while_the_scheduler_cannot_be_asked(make, until, caplog):
    # T9
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        trouble = xqute.scheduler.trouble["job_states"]
        trouble.extend([SchedulerUnavailable("qstat: no answer")] * 5)
        xqute.scheduler.end(job)
        await until(lambda: not trouble)
        assert job.status in (S.RUNNING, S.FINISHED)
    assert (job.status, job.rc) == (S.FINISHED, 0)
    assert "qstat: no answer" in caplog.text


async def test_the_interval_grows_while_the_scheduler_cannot_be_asked(make, until, fake, caplog):
    fake.min_interval, fake.max_interval = 0.001, 0.008
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        trouble = xqute.scheduler.trouble["job_states"]
        with caplog.at_level(logging.WARNING, "xqute"):
            trouble.extend([SchedulerUnavailable("no answer")] * 5)
            await until(lambda: not trouble)
        xqute.scheduler.end(job)
    waits = [
        record.args[1] for record in caplog.records if "does not answer" in record.getMessage()
    ]
    assert waits == sorted(waits)
    assert waits[-1] == 0.008


# --- how often it is asked -----------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 40])
async def test_one_question_for_all_jobs(make, until, fake, jobs):
    # T12
    fake.min_interval = fake.max_interval = 0.01
    async with make(scheduler_forks=jobs) as xqute:
        for _ in range(jobs):
            await xqute.push(["run"])
        await until(lambda: all(job.status is S.RUNNING for job in xqute.jobs))
        asked = xqute.scheduler.asked
        asked.clear()
        await until(lambda: len(asked) >= 5)
        assert set(asked) == {jobs}
        for job in xqute.jobs:
            xqute.scheduler.end(job)


async def test_nobody_asks_while_nothing_is_submitted(make, until, fake):
    async with make() as xqute:
        await (await xqute.push(["exit", 0])).wait()
        asked = len(xqute.scheduler.asked)
        for _ in range(20):
            await xqute.scheduler.job_is_running(xqute.jobs[0])
        assert len(xqute.scheduler.asked) == asked


async def test_a_scheduler_that_tells_is_not_polled(make, until, fake):
    fake.polls = False
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.uid is not None)
        xqute.scheduler.changed.set()
        await until(lambda: job.status is S.RUNNING)
        several_intervals = time.monotonic() + 3 * fake.max_interval
        await until(lambda: time.monotonic() > several_intervals)
        xqute.scheduler.end(job)
        xqute.scheduler.changed.set()
        await job.wait()
        # At most once for each time that it told: when its id became known, and twice above.
        assert len(xqute.scheduler.asked) <= 3


# --- what the scheduler knows of them ------------------------------------------------------------


async def test_a_broken_job_is_killed_and_never_started(make, fake):
    class Breaking(fake):
        async def job_states(self, jobs):
            states = dict(await super().job_states(jobs))
            pending = [job for job, state in states.items() if state is QueueState.PENDING]
            return states | {job: InError("Eqw: can't chdir to /home") for job in pending}

    async with make(scheduler=Breaking) as xqute:
        job = await xqute.push(["pend"])
    assert xqute.scheduler.killed == [0]
    assert (job.status, job.rc) == (S.FAILED, None)
    assert job.failure == Failure(FailureKind.NEVER_STARTED, "Eqw: can't chdir to /home")
    assert S.RUNNING not in job.times


# --- a scheduler that tells when there is news ---------------------------------------------------


@pytest.fixture
def telling(fake):
    """A scheduler that remembers what it has to say of jobs, and says each thing once."""

    class Telling(fake):
        polls = False

        def __init__(self, *args):
            super().__init__(*args)
            self.news = {}

        def tell(self, job, state):
            self.news[job] = state
            self.changed.set()

        def act(self, job, uid):
            super().act(job, uid)
            if uid not in self.cluster:
                self.tell(job, QueueState.GONE)

        async def submit_job(self, job):
            uid = await super().submit_job(job)
            await self.before_the_answer(job)
            return uid

        async def before_the_answer(self, job):
            """Nothing by default."""

        async def job_states(self, jobs):
            self.asked.append(len(jobs))
            self._raise("job_states")
            return {job: self.news.pop(job) for job in tuple(self.news) if job in jobs}

    return Telling


async def test_news_of_a_job_whose_id_is_not_known_yet_is_not_lost(make, until, telling):
    async def until_heard(self, job):
        await until(lambda: not self.changed.is_set())

    telling.before_the_answer = until_heard
    async with make(scheduler=telling) as xqute:
        job = await xqute.push(["exit", 0])
    assert job.status is S.FINISHED


async def test_it_is_asked_again_after_it_could_not_be_asked(make, telling):
    async with make(scheduler=telling) as xqute:
        xqute.scheduler.trouble["job_states"].extend([SchedulerUnavailable("no answer")] * 3)
        job = await xqute.push(["exit", 0])
    assert job.status is S.FINISHED
    assert len(xqute.scheduler.asked) >= 4
