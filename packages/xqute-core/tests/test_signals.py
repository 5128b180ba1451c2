"""Catching SIGINT and SIGTERM while a run is active."""

import asyncio
import os
import signal
import threading

import anyio
import anyio.lowlevel
import pytest

from xqute import JobStatus, RunEnded, simplug
from xqute._signals import caught

pytestmark = pytest.mark.anyio
S = JobStatus


def send_soon(number):
    """Send a signal to this process, as soon as the caller waits for something."""
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)


@pytest.fixture
async def running_job(make, until):
    """Makes a producer with one job that runs."""

    async def running_job(**more):
        xqute = make(**more)
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        return xqute, job

    return running_job


@pytest.mark.parametrize(
    ("number", "error", "code"),
    [(signal.SIGINT, KeyboardInterrupt, None), (signal.SIGTERM, SystemExit, 143)],
)
async def test_a_signal_kills_the_jobs_and_says_so(running_job, fake, number, error, code):
    # T5
    xqute, job = await running_job()
    waiting = await xqute.push(["run"])
    before = signal.getsignal(number)
    send_soon(number)
    with pytest.raises(error) as ended:
        await xqute.run_until_complete()
    assert getattr(ended.value, "code", None) == code
    assert (job.status, job.rc, waiting.status) == (S.KILLED, None, S.CANCELLED)
    assert fake.cluster == {}
    assert signal.getsignal(number) is before


async def test_as_completed_is_interrupted_too(running_job):
    xqute, job = await running_job()
    send_soon(signal.SIGINT)
    seen = []

    async def see():
        async for ended in xqute.as_completed():
            seen.append(ended)  # noqa: PERF401  # it does not come to its end

    with pytest.raises(KeyboardInterrupt):
        await see()
    assert seen == [job]
    assert job.status is S.KILLED


async def test_detach_leaves_the_jobs_for_the_next_run(running_job, make, until, fake):
    xqute, job = await running_job(on_interrupt="detach")
    send_soon(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        await xqute.run_until_complete()
    assert job.status is S.RUNNING
    assert list(fake.cluster) == [job.uid]
    with pytest.raises(RunEnded):
        await job.wait()
    async with make() as xqute:
        again = await xqute.push(["run"])
        await until(lambda: again.status is S.RUNNING)
        assert again.uid == job.uid
        xqute.scheduler.end(again)


async def test_a_second_signal_stops_at_once(running_job, fake):
    began = anyio.Event()

    class Slow:
        @simplug.impl
        async def on_job_killing(self, scheduler, job):
            began.set()
            await anyio.sleep_forever()

    xqute, job = await running_job(plugins=[Slow()])

    async def again():
        await began.wait()
        os.kill(os.getpid(), signal.SIGINT)

    send_soon(signal.SIGINT)
    second = asyncio.get_running_loop().create_task(again())
    with pytest.raises(KeyboardInterrupt):
        await xqute.run_until_complete()
    await second
    assert job.status is S.RUNNING
    assert list(fake.cluster) == [job.uid]


async def test_no_handler_is_set_before_a_run_is_waited_for(make):
    before = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    xqute = make()
    await (await xqute.push(["exit", 0])).wait()
    assert [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)] == before
    await xqute.run_until_complete()
    assert [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)] == before


async def test_the_handlers_are_put_back_after_a_block(make):
    before = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    async with make() as xqute:
        await (await xqute.push(["exit", 0])).wait()
    assert [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)] == before


async def test_a_push_while_a_shutdown_goes_on_is_refused(running_job, make):
    refused = []

    class Pushing:
        @simplug.impl
        async def on_job_killed(self, scheduler, job):
            with pytest.raises(RunEnded, match="being ended"):
                await xqute.push(["exit", 0])
            refused.append(job)

    xqute, job = await running_job(plugins=[Pushing()])
    send_soon(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        await xqute.run_until_complete()
    assert refused == [job]


def test_outside_the_main_thread_nothing_is_caught():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def look():
        with caught(lambda number: None):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]


class TestSeveralBlocks:
    """Runs of one process begin and end in any order."""

    @staticmethod
    def handlers():
        return signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    @pytest.mark.parametrize("order", ["ab", "ba"])
    async def test_the_handlers_are_restored_when_the_last_has_ended(self, order):
        before = self.handlers()
        blocks = {"a": caught(lambda _: None), "b": caught(lambda _: None)}
        for name in "ab":
            blocks[name].__enter__()
        for name in order:
            assert self.handlers() != before
            blocks[name].__exit__(None, None, None)
        assert self.handlers() == before

    async def test_each_is_told_once(self, until):
        told = []

        def one(number):
            told.append(("one", number))

        with caught(one), caught(one), caught(lambda number: told.append(("other", number))):
            os.kill(os.getpid(), signal.SIGTERM)
            await until(lambda: len(told) >= 2)
            await anyio.lowlevel.checkpoint()
        assert told == [("one", signal.SIGTERM), ("other", signal.SIGTERM)]

    async def test_one_that_has_ended_is_not_told(self, until):
        told = []
        ended = caught(lambda _: told.append("ended"))
        with caught(lambda _: told.append("active")):
            ended.__enter__()
            os.kill(os.getpid(), signal.SIGTERM)
            ended.__exit__(None, None, None)
            await until(lambda: told)
        assert told == ["active"]

    async def test_a_handler_that_somebody_else_has_set_meanwhile_stays(self):
        before = self.handlers()
        try:
            with caught(lambda _: None):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            assert self.handlers() == (before[0], signal.SIG_IGN)
        finally:
            signal.signal(signal.SIGTERM, before[1])


def test_no_handler_outlives_its_loop(monkeypatch):
    told = []
    former = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    try:

        async def leave_a_block_open():
            block = caught(lambda _: told.append("of a closed loop"))
            block.__enter__()
            return block

        block = asyncio.run(leave_a_block_open())
        os.kill(os.getpid(), signal.SIGTERM)
        assert told == [signal.SIGTERM]
        block.__exit__(None, None, None)
    finally:
        signal.signal(signal.SIGTERM, former)


@pytest.mark.anyio
class TestWhoseTheSignalsAre:
    async def test_with_none_they_are_the_callers(self, make, fake):
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        async with make(on_interrupt=None) as xqute:
            await xqute.push(["exit", 0])
            during = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        assert during == before

    async def test_a_signal_while_the_caller_works_on_a_job_is_obeyed(self, make, until, fake):
        xqute = make(scheduler_forks=2)
        await xqute.push(["exit", 0])
        running = await xqute.push(["run"])
        await until(lambda: running.status is S.RUNNING)

        async def work_on_each():
            async for job in xqute.as_completed():
                if job is not running:
                    os.kill(os.getpid(), signal.SIGINT)
                    await until(lambda: running.status is S.KILLED)

        with pytest.raises(KeyboardInterrupt):
            await work_on_each()
        assert running.status is S.KILLED
