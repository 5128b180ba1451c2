"""The life of a run: how it begins, is waited for or cut short, and ends."""

import anyio
import pytest

from xqute import JobStatus, RunEnded

pytestmark = pytest.mark.anyio
S = JobStatus


async def test_a_run_without_jobs_ends(make):
    assert await make().run_until_complete() == []


async def test_a_second_wait_returns_the_same(make):
    xqute = make()
    await xqute.push(["exit", 0])
    assert await xqute.run_until_complete() == await xqute.run_until_complete()


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


@pytest.mark.parametrize("method", ["start", "close"])
async def test_a_defect_at_the_beginning_or_the_end(make, fake, method):
    class Defect(Exception):
        pass

    async def fail(self):
        raise Defect("mine")

    xqute = make(scheduler=type("InError", (fake,), {method: fail}))
    with pytest.raises(Defect, match="mine"):
        await xqute.run_until_complete()
    async with make():
        pass


async def test_a_defect_is_raised_though_the_scheduler_takes_its_time_to_close(make, fake):
    class Slow(fake):
        async def job_states(self, jobs):
            raise ZeroDivisionError

        async def close(self):
            await anyio.sleep(0.05)

    with pytest.raises(ZeroDivisionError):
        async with make(scheduler=Slow) as xqute:
            await xqute.push(["exit", 0])


@pytest.fixture
def failing(fake):
    """Makes a class of scheduler with methods that raise these errors; `closed` counts."""

    def make_class(**errors):
        class Failing(fake):
            closed = 0

            def fail(self, method):
                if method in errors:
                    raise errors[method]

            async def start(self):
                self.fail("start")

            async def job_states(self, jobs):
                self.fail("job_states")
                return await super().job_states(jobs)

            async def close(self):
                self.closed += 1
                self.fail("close")

        return Failing

    return make_class


@pytest.mark.parametrize("way", ["push", "run_until_complete", "as_completed", "block"])
async def test_a_scheduler_that_does_not_start_is_not_closed(make, failing, way):
    async def go():
        if way == "push":
            await xqute.push(["exit", 0])
        elif way == "as_completed":
            [job async for job in xqute.as_completed()]
        elif way == "block":
            async with xqute:
                raise AssertionError("the block was entered")
        else:
            await xqute.run_until_complete()

    error = ConnectionError("nobody is there")
    xqute = make(scheduler=failing(start=error, close=AttributeError("masked")))
    with anyio.fail_after(5), pytest.raises(ConnectionError) as raised:
        await go()
    assert raised.value is error
    assert xqute.scheduler.closed == 0
    async with make():
        """The folder of jobs was let go of."""


async def test_why_a_run_ended_stands_before_what_went_wrong_afterwards(make, failing):
    first = ZeroDivisionError("mine")
    xqute = make(scheduler=failing(job_states=first, close=OSError("away")))
    await xqute.push(["run"])
    with anyio.fail_after(5), pytest.raises(ZeroDivisionError) as raised:
        await xqute.run_until_complete()
    assert raised.value is first
    assert first.__notes__ == ["afterwards the scheduler could not be closed: OSError('away')"]
    assert xqute.scheduler.closed == 1


async def test_a_scheduler_is_closed_once(make, failing):
    async with make(scheduler=failing()) as xqute:
        await xqute.push(["exit", 0])
    await xqute.run_until_complete()
    assert xqute.scheduler.closed == 1
