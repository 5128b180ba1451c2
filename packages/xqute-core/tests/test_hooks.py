"""Hooks: their order, each at most once in an attempt, their vetoes and their errors."""

import asyncio
import os
import signal
from itertools import pairwise

import anyio
import pytest

from xqute import JobStatus, RunEnded, SubmitRejected, XquteError, simplug

pytestmark = pytest.mark.anyio
S = JobStatus
BEGUN = ["init", "queued", "submitted", "running"]


# --- the order -----------------------------------------------------------------------------------


async def test_success(make, until, recorder):
    async with make(plugins=[recorder]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.end(job)
    assert recorder.of(job) == [*BEGUN, "succeeded"]
    assert recorder.story[0] == "init"
    assert recorder.story[-1] == "complete"


async def test_a_job_too_quick_to_be_seen_running(make, recorder):
    async with make(plugins=[recorder], scheduler_forks=4) as xqute:
        for _ in range(8):
            await xqute.push(["exit", 0])
    for job in xqute.jobs:
        assert recorder.of(job) == [*BEGUN, "succeeded"]


async def test_failure(make, recorder):
    async with make(plugins=[recorder]) as xqute:
        job = await xqute.push(["exit", 1])
    assert recorder.of(job) == [*BEGUN, "failed"]


async def test_a_job_that_never_started(make, recorder):
    async with make(plugins=[recorder]) as xqute:
        job = await xqute.push(["vanish"])
    assert recorder.of(job) == [*BEGUN[:3], "failed"]


async def test_a_job_that_was_rejected(make, recorder):
    async with make(plugins=[recorder]) as xqute:
        xqute.scheduler.trouble["submit_job"].append(SubmitRejected("no"))
        job = await xqute.push(["exit", 0])
    assert recorder.of(job) == [*BEGUN[:2], "failed"]


async def test_retries(make, recorder):
    xqute = make(plugins=[recorder], job_error_strategy="retry", job_num_retries=2)
    async with xqute:
        job = await xqute.push(["exit", 1])
    again = ["failed", "retrying", *BEGUN[1:]]
    assert recorder.of(job) == [*BEGUN, *again, *again, "failed"]


async def test_kill(make, until, recorder):
    async with make(plugins=[recorder]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: "running" in recorder.of(job))
        assert await job.kill()
    assert recorder.of(job) == [*BEGUN, "killing", "killed"]


async def test_many_kills_are_one(make, until, recorder):
    async with make(plugins=[recorder]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: "running" in recorder.of(job))
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(job.kill)
    assert recorder.of(job) == [*BEGUN, "killing", "killed"]


async def test_cancelled(make, until, recorder):
    async with make(plugins=[recorder]) as xqute:
        first, second = await xqute.push(["run"]), await xqute.push(["run"])
        await second.kill()
        await until(lambda: first.status is S.RUNNING)
        await first.kill()
    assert recorder.of(second) == BEGUN[:2]


async def test_collected_from_a_former_run(make, recorder):
    async with make() as xqute:
        await xqute.push(["exit", 0])
    async with make(plugins=[recorder], job_resume=True) as xqute:
        job = await xqute.push(["exit", 0])
    assert recorder.of(job) == ["init", "succeeded"]


async def test_the_state_is_the_one_of_the_hook(make, until, plugin):
    seen = []

    def see(hook):
        async def note(scheduler, job):
            seen.append((hook, job.status))

        return plugin(hook, note)

    hooks = [f"on_job_{hook}" for hook in (*BEGUN, "killing", "killed")]
    async with make(plugins=[see(hook) for hook in hooks]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: len(seen) == 4)
        await job.kill()
    states = [S.INIT, S.QUEUED, S.SUBMITTED, S.RUNNING, S.RUNNING, S.KILLED]
    assert seen == list(zip(hooks, states, strict=True))


async def test_a_slow_hook_holds_up_its_own_job_alone(make, until, recorder, plugin):
    go = anyio.Event()

    async def slow(scheduler, job):
        if job.index == 0:
            await go.wait()

    async with make(
        plugins=[recorder, plugin("on_job_submitted", slow)], scheduler_forks=2
    ) as xqute:
        held, other = await xqute.push(["exit", 0]), await xqute.push(["exit", 0])
        await other.wait()
        assert recorder.of(held) == BEGUN[:3]
        go.set()
        await held.wait()
        assert recorder.of(held) == [*BEGUN, "succeeded"]


async def test_a_slow_hook_keeps_the_slot_of_its_job(make, until, plugin):
    async def slow(scheduler, job):
        await anyio.wait_all_tasks_blocked()

    plugins = [plugin("on_job_submitted", slow)]
    async with make(plugins=plugins, scheduler_forks=1) as xqute:
        for _ in range(3):
            await xqute.push(["exit", 0])
        last = await xqute.push(["run"])
        await until(lambda: last.status is S.RUNNING)
        await last.kill()
    assert xqute.scheduler.most == 1


async def test_a_job_is_waited_for_until_its_hooks_have_returned(make, plugin):
    returned = []

    async def slow(scheduler, job):
        await anyio.sleep(0.01)
        returned.append(job)

    async with make(plugins=[plugin("on_job_succeeded", slow)]) as xqute:
        job = await xqute.push(["exit", 0])
        await job.wait()
        assert returned == [job]


# --- moves ---------------------------------------------------------------------------------------


class Moves:
    """A plugin that has no hook but `on_job_moved`, and notes the moves that it is told of."""

    def __init__(self):
        self.told = []

    @simplug.impl
    async def on_job_moved(self, scheduler, job, before, after):
        assert job.status is after
        self.told.append((job.index, before, after))

    def of(self, job):
        """Return the states that the job has gone through, of moves that follow one another."""
        moves = [(before, after) for index, before, after in self.told if index == job.index]
        assert all(one[1] is two[0] for one, two in pairwise(moves))
        return [moves[0][0], *(after for _, after in moves)]


@pytest.fixture
def moves():
    return Moves()


ENDS = [
    (["exit", 0], [S.RUNNING, S.FINISHED]),
    (["exit", 1], [S.RUNNING, S.FAILED]),
    (["die"], [S.RUNNING, S.FAILED]),
    (["vanish"], [S.FAILED]),
]


@pytest.mark.parametrize(("cmd", "end"), ENDS, ids=str)
async def test_every_move_is_told(make, moves, cmd, end):
    async with make(plugins=[moves]) as xqute:
        job = await xqute.push(cmd)
    assert moves.of(job) == [S.INIT, S.QUEUED, S.SUBMITTED, *end]


async def test_the_moves_of_a_retry_are_told(make, moves):
    async with make(plugins=[moves], job_error_strategy="retry", job_num_retries=1) as xqute:
        job = await xqute.push(["exit", 1])
    attempt = [S.QUEUED, S.SUBMITTED, S.RUNNING, S.FAILED]
    assert moves.of(job) == [S.INIT, *attempt, S.RETRYING, *attempt]


async def test_the_move_of_a_refusal_is_told(make, moves):
    async with make(plugins=[moves]) as xqute:
        xqute.scheduler.trouble["submit_job"].append(SubmitRejected("no"))
        job = await xqute.push(["exit", 0])
    assert moves.of(job) == [S.INIT, S.QUEUED, S.FAILED]


async def test_the_moves_of_a_kill_are_told(make, until, moves):
    async with make(plugins=[moves]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        await job.kill()
    assert moves.of(job) == [S.INIT, S.QUEUED, S.SUBMITTED, S.RUNNING, S.KILLING, S.KILLED]


async def test_the_move_of_a_job_that_is_cancelled_is_told(make, until, moves):
    async with make(plugins=[moves], job_error_strategy="retry", job_retry_delay=3600) as xqute:
        retrying = await xqute.push(["exit", 1])
        await until(lambda: retrying.status is S.RETRYING)
        first, second = await xqute.push(["run"]), await xqute.push(["run"])
        await until(lambda: first.status is S.RUNNING)
        for job in (second, retrying, first):
            await job.kill()
    assert moves.of(second) == [S.INIT, S.QUEUED, S.CANCELLED]
    assert moves.of(retrying)[-2:] == [S.RETRYING, S.CANCELLED]


async def test_the_move_of_a_job_that_is_collected_is_told(make, moves):
    async with make() as xqute:
        await xqute.push(["exit", 0])
    async with make(plugins=[moves], job_resume=True) as xqute:
        await xqute.push(["exit", 0])
    assert moves.told == [(0, S.INIT, S.FINISHED)]


async def test_the_moves_of_a_job_that_is_taken_up_are_told(make, until, leave, moves):
    xqute = make()
    former = await xqute.push(["run"])
    await until(lambda: former.status is S.RUNNING)
    await leave(xqute)
    async with make(plugins=[moves]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        xqute.scheduler.end(job)
    assert moves.of(job) == [S.INIT, S.QUEUED, S.SUBMITTED, S.RUNNING, S.FINISHED]


async def test_a_kill_that_is_vetoed_is_no_move(make, until, plugin, moves):
    async def veto(scheduler, job):
        return False

    async with make(plugins=[moves, plugin("on_job_killing", veto)]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert not await job.kill()
        xqute.scheduler.end(job)
    assert moves.of(job) == [S.INIT, S.QUEUED, S.SUBMITTED, S.RUNNING, S.FINISHED]


async def test_a_move_is_told_right_after_it_and_before_the_hook_of_its_state(make, until, plugin):
    story = []

    class Telling:
        priority = 9  # Its hooks are called after those of the others.

        @simplug.impl
        async def on_job_moved(self, scheduler, job, before, after):
            story.append(f"{before.value} to {after.value}")

    def noting(hook):
        async def note(scheduler, job):
            story.append(f"{hook} of {job.status.value}")

        return plugin(f"on_job_{hook}", note)

    hooks = ("init", "queued", "submitted", "running", "killing", "killed")
    async with make(plugins=[Telling(), *map(noting, hooks)]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: "running of RUNNING" in story)
        await job.kill()
    assert story == [
        "init of INIT",
        "INIT to QUEUED", "queued of QUEUED",
        "QUEUED to SUBMITTED", "submitted of SUBMITTED",
        "SUBMITTED to RUNNING", "running of RUNNING",
        "killing of RUNNING", "RUNNING to KILLING",
        "KILLING to KILLED", "killed of KILLED",
    ]  # fmt: skip


# --- vetoes --------------------------------------------------------------------------------------


async def test_a_kill_is_vetoed(make, until, recorder, plugin):
    async def veto(scheduler, job):
        return False

    async with make(plugins=[recorder, plugin("on_job_killing", veto)]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: "running" in recorder.of(job))
        assert not await job.kill()
        assert job.status is S.RUNNING
        assert xqute.scheduler.killed == []
        xqute.scheduler.end(job)
    assert recorder.of(job) == [*BEGUN, "killing", "succeeded"]


@pytest.mark.parametrize("result", [None, True, 0, ""])
async def test_only_false_is_a_veto(make, until, result, plugin):
    async def say(scheduler, job):
        return result

    async with make(plugins=[plugin("on_job_killing", say)]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert await job.kill()


async def test_a_hook_that_raises_is_no_veto(make, until, plugin):
    async def fail(scheduler, job):
        raise RuntimeError("mine")

    xqute = make(plugins=[plugin("on_job_killing", fail)])
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    assert await job.kill()
    with pytest.raises(ExceptionGroup):
        await xqute.run_until_complete()


async def test_a_shutdown_is_vetoed(make, until, recorder, plugin):
    asked = []

    async def veto(scheduler, consumer):
        asked.append(consumer.running)
        return False

    xqute = make(plugins=[recorder, plugin("on_shutdown", veto)])
    job = await xqute.push(["run"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(xqute.run_until_complete)
        await until(lambda: job.status is S.RUNNING)
        os.kill(os.getpid(), signal.SIGINT)
        await until(lambda: asked)
        assert asked == [(job,)]
        xqute.scheduler.end(job)
    assert recorder.of(job) == [*BEGUN, "succeeded"]


async def test_a_shutdown_kills(make, until, recorder):
    xqute = make(plugins=[recorder])
    running, waiting = await xqute.push(["run"]), await xqute.push(["run"])
    await until(lambda: running.status is S.RUNNING)
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        await xqute.run_until_complete()
    assert (running.status, waiting.status) == (S.KILLED, S.CANCELLED)
    assert "shutdown" in recorder.run


@pytest.mark.parametrize("hook", ["on_job_init", "on_job_queued"])
async def test_a_shutdown_while_a_job_is_pushed_cancels_it(make, hook, plugin, consumer_of):
    begun, go = anyio.Event(), anyio.Event()

    async def hold(scheduler, job):
        begun.set()
        await go.wait()

    xqute = make(plugins=[plugin(hook, hold)])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(xqute.push, ["run"])
        await begun.wait()
        consumer_of(xqute).stop()
        go.set()
    await xqute.run_until_complete()
    assert [job.status for job in xqute.jobs] == [S.CANCELLED]


@pytest.mark.parametrize("hook", ["on_job_failed", "on_job_retrying"])
async def test_a_shutdown_while_a_retry_is_decided_cancels_it(make, hook, plugin, consumer_of):
    begun, go = anyio.Event(), anyio.Event()

    async def hold(scheduler, job):
        begun.set()
        await go.wait()

    xqute = make(plugins=[plugin(hook, hold)], job_error_strategy="retry")
    job = await xqute.push(["exit", 1])
    await begun.wait()
    consumer_of(xqute).stop()
    go.set()
    await xqute.run_until_complete()
    assert job.status is S.CANCELLED
    assert xqute.scheduler.submitted == [0]


# --- hooks that act ------------------------------------------------------------------------------


async def test_a_hook_that_pushes_a_job(make, plugin):
    async def push(scheduler, job):
        if job.index < 2:
            await xqute.push(["exit", 0])

    xqute = make(plugins=[plugin("on_job_succeeded", push)])
    await xqute.push(["exit", 0])
    assert [job.status for job in await xqute.run_until_complete()] == [S.FINISHED] * 3


async def test_a_hook_of_the_beginning_that_pushes_a_job_is_told(make, plugin):
    async def push(scheduler):
        await xqute.push(["exit", 0])

    xqute = make(plugins=[plugin("on_init", push)])
    with anyio.fail_after(5), pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert isinstance(group.value.exceptions[0], XquteError)
    assert xqute.jobs == []


async def test_a_push_that_is_cancelled_in_the_first_hook_harms_no_other(make, plugin):
    begun = anyio.Event()

    async def hold(scheduler):
        begun.set()
        await anyio.sleep_forever()

    xqute = make(plugins=[plugin("on_init", hold)])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(xqute.push, ["exit", 0])
        await begun.wait()
        tasks.cancel_scope.cancel()
    with anyio.fail_after(5):
        job = await xqute.push(["exit", 0])
        assert await xqute.run_until_complete() == [job]


@pytest.mark.parametrize(
    ("hook", "status"),
    [
        ("on_job_init", S.CANCELLED),
        ("on_job_queued", S.CANCELLED),
        ("on_job_submitted", S.KILLED),
        ("on_job_running", S.KILLED),
        ("on_job_killing", S.KILLED),
        ("on_job_failed", S.FAILED),
    ],
)
async def test_a_hook_that_kills_its_own_job(make, until, hook, status, plugin):
    answers = []

    async def kill(scheduler, job):
        answers.append(await job.kill())

    xqute = make(plugins=[plugin(hook, kill)])
    job = await xqute.push(["exit", 1] if hook == "on_job_failed" else ["run"])
    if hook == "on_job_killing":
        await until(lambda: job.status is S.RUNNING)
        assert await job.kill()
    with anyio.fail_after(5):
        await xqute.run_until_complete()
    assert job.status is status
    assert len(answers) == 1


async def test_a_hook_that_waits_for_its_own_job_is_told(make, plugin):
    async def wait(scheduler, job):
        await job.wait()

    xqute = make(plugins=[plugin("on_job_running", wait)])
    await xqute.push(["exit", 0])
    with pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert isinstance(group.value.exceptions[0], XquteError)


async def test_a_hook_that_waits_for_another_job(make, plugin):
    async def wait(scheduler, job):
        if job.index == 1:
            await xqute.jobs[0].wait()

    xqute = make(plugins=[plugin("on_job_succeeded", wait)])
    await xqute.push(["exit", 0])
    await xqute.push(["exit", 0])
    with anyio.fail_after(5):
        await xqute.run_until_complete()


async def test_a_hook_that_pushes_too_late_harms_nothing(make, plugin):
    async def push(scheduler):
        await xqute.push(["exit", 0])

    xqute = make(plugins=[plugin("on_complete", push)])
    job = await xqute.push(["exit", 0])
    with pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert isinstance(group.value.exceptions[0], RunEnded)
    assert xqute.jobs == [job]


class SeenAtMoves:
    """A plugin that writes down what is known of the attempt at each move."""

    def __init__(self):
        self.seen = []

    @simplug.impl
    async def on_job_moved(self, scheduler, job, before, after):
        self.seen.append((after.value, job.rc, job.failure and job.failure.kind.value))


@pytest.mark.anyio
async def test_the_result_shows_with_the_move_that_ends_the_attempt(make, fake):
    seen = SeenAtMoves()
    async with make(plugins=[seen]) as xqute:
        await xqute.push(["exit", 3])
    assert seen.seen == [
        ("QUEUED", None, None),
        ("SUBMITTED", None, None),
        ("RUNNING", None, None),
        ("FAILED", 3, "EXIT"),
    ]
