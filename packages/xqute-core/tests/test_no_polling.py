"""A scheduler that is not asked in intervals, but tells when there is news."""

import pytest

from xqute import JobStatus, QueueState, SchedulerUnavailable

pytestmark = pytest.mark.anyio
S = JobStatus


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
