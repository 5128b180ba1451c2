"""Hooks: their order, each at most once in an attempt, their vetoes and their errors."""

import asyncio
import logging
import os
import signal

import anyio
import pytest
from simplug import SyncImplOnAsyncSpecWarning

from xqute import HookTimeout, JobStatus, PluginError, RunEnded, SubmitRejected, XquteError, simplug

pytestmark = pytest.mark.anyio
S = JobStatus
BEGUN = ["init", "queued", "submitted", "running"]


def plugin(hook, function):
    """Return a plugin of one hook; `function` gets the hook's arguments."""

    class Plugin:
        name = f"{hook}-{id(function)}"

    async def for_run(self, scheduler):
        return await function(scheduler)

    async def for_job(self, scheduler, job):
        return await function(scheduler, job)

    async def for_shutdown(self, scheduler, consumer):
        return await function(scheduler, consumer)

    made = for_job if "_job_" in hook else for_shutdown if hook == "on_shutdown" else for_run
    made.__name__ = hook
    setattr(Plugin, hook, simplug.impl(made))
    return Plugin()


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


async def test_the_state_is_the_one_of_the_hook(make, until):
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


async def test_a_slow_hook_holds_up_its_own_job_alone(make, until, recorder):
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


async def test_a_slow_hook_keeps_the_slot_of_its_job(make, until):
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


async def test_a_job_is_waited_for_until_its_hooks_have_returned(make):
    returned = []

    async def slow(scheduler, job):
        await anyio.sleep(0.01)
        returned.append(job)

    async with make(plugins=[plugin("on_job_succeeded", slow)]) as xqute:
        job = await xqute.push(["exit", 0])
        await job.wait()
        assert returned == [job]


# --- vetoes --------------------------------------------------------------------------------------


async def test_a_kill_is_vetoed(make, until, recorder):
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
async def test_only_false_is_a_veto(make, until, result):
    async def say(scheduler, job):
        return result

    async with make(plugins=[plugin("on_job_killing", say)]) as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        assert await job.kill()


async def test_a_hook_that_raises_is_no_veto(make, until):
    async def fail(scheduler, job):
        raise RuntimeError("mine")

    xqute = make(plugins=[plugin("on_job_killing", fail)])
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    assert await job.kill()
    with pytest.raises(ExceptionGroup):
        await xqute.run_until_complete()


async def test_a_shutdown_is_vetoed(make, until, recorder):
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
async def test_a_shutdown_while_a_job_is_pushed_cancels_it(make, hook):
    begun, go = anyio.Event(), anyio.Event()

    async def hold(scheduler, job):
        begun.set()
        await go.wait()

    xqute = make(plugins=[plugin(hook, hold)])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(xqute.push, ["run"])
        await begun.wait()
        xqute._consumer.stop()
        go.set()
    await xqute.run_until_complete()
    assert [job.status for job in xqute.jobs] == [S.CANCELLED]


@pytest.mark.parametrize("hook", ["on_job_failed", "on_job_retrying"])
async def test_a_shutdown_while_a_retry_is_decided_cancels_it(make, hook):
    begun, go = anyio.Event(), anyio.Event()

    async def hold(scheduler, job):
        begun.set()
        await go.wait()

    xqute = make(plugins=[plugin(hook, hold)], job_error_strategy="retry")
    job = await xqute.push(["exit", 1])
    await begun.wait()
    xqute._consumer.stop()
    go.set()
    await xqute.run_until_complete()
    assert job.status is S.CANCELLED
    assert xqute.scheduler.submitted == [0]


# --- errors --------------------------------------------------------------------------------------


async def test_errors_are_collected_and_logged(make, caplog):
    async def fail(scheduler, job):
        raise RuntimeError(f"job {job.index}")

    failing = plugin("on_job_running", fail)
    failing.name = "the-plugin"
    xqute = make(plugins=[failing])
    await xqute.push(["exit", 0])
    await xqute.push(["exit", 0])
    with caplog.at_level(logging.ERROR, "xqute"), pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert [str(error) for error in group.value.exceptions] == ["job 0", "job 1"]
    assert all("the-plugin" in error.__notes__[0] for error in group.value.exceptions)
    assert [job.status for job in xqute.jobs] == [S.FINISHED] * 2
    assert "on_job_running of plugin 'the-plugin'" in caplog.text
    assert "RuntimeError: job 0" in caplog.text


@pytest.mark.parametrize("hook", ["on_init", "on_complete"])
async def test_errors_of_the_hooks_of_a_run(make, hook):
    async def fail(scheduler):
        raise RuntimeError("mine")

    xqute = make(plugins=[plugin(hook, fail)])
    job = await xqute.push(["exit", 0])
    with pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert [str(error) for error in group.value.exceptions] == ["mine"]
    assert job.status is S.FINISHED


async def test_other_plugins_are_called_after_one_that_raises(make, recorder):
    async def fail(scheduler, job):
        raise RuntimeError("mine")

    xqute = make(plugins=[plugin("on_job_init", fail), recorder])
    job = await xqute.push(["exit", 0])
    with pytest.raises(ExceptionGroup):
        await xqute.run_until_complete()
    assert recorder.of(job) == [*BEGUN, "succeeded"]


async def test_a_plain_function_is_warned_of_and_called(make):
    seen = []

    class Plain:
        @simplug.impl
        def on_job_init(self, scheduler, job):
            seen.append(job)

    with pytest.warns(SyncImplOnAsyncSpecWarning, match="async def"):
        xqute = make(plugins=[Plain()])
    job = await xqute.push(["exit", 0])
    await xqute.run_until_complete()
    assert seen == [job]


# --- hooks that hang -----------------------------------------------------------------------------


def hanging(hook, log=None):
    async def hang(scheduler, *_):
        try:
            await anyio.sleep_forever()
        finally:
            if log is not None:
                log.append(hook)

    made = plugin(hook, hang)
    made.name = "the-plugin"
    return made


@pytest.mark.parametrize(
    ("hook", "status"),
    [
        ("on_init", S.FINISHED),
        ("on_job_init", S.FINISHED),
        ("on_job_queued", S.FINISHED),
        ("on_job_submitted", S.FINISHED),
        ("on_job_running", S.FINISHED),
        ("on_job_succeeded", S.FINISHED),
        ("on_job_failed", S.FAILED),
        ("on_job_retrying", S.FAILED),
        ("on_complete", S.FINISHED),
    ],
)
async def test_a_hook_that_hangs_is_cancelled_and_told(make, caplog, recorder, hook, status):
    cancelled = []
    strategy = "retry" if hook == "on_job_retrying" else "ignore"
    xqute = make(
        plugins=[hanging(hook, cancelled), recorder],
        hook_timeout=0.01,
        job_error_strategy=strategy,
        job_num_retries=1,
    )
    job = await xqute.push(["exit", int(status is S.FAILED)])
    with anyio.fail_after(5), pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    (error,) = group.value.exceptions
    assert isinstance(error, HookTimeout)
    assert f"hook {hook} of plugin 'the-plugin'" in error.__notes__[0]
    assert f"hook {hook} of plugin 'the-plugin' failed" in caplog.text
    assert cancelled == [hook]
    assert job.status is status
    calls = recorder.of(job) if "_job_" in hook else recorder.run
    assert hook.removeprefix("on_").removeprefix("job_") in calls


async def test_a_hook_that_hangs_is_no_veto(make, until):
    xqute = make(plugins=[hanging("on_job_killing")], hook_timeout=0.01)
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    with anyio.fail_after(5):
        assert await job.kill()
    with pytest.raises(ExceptionGroup):
        await xqute.run_until_complete()


async def test_a_shutdown_that_hangs_shuts_down(make, until):
    xqute = make(plugins=[hanging("on_shutdown")], hook_timeout=0.01)
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
    with anyio.fail_after(5), pytest.raises(KeyboardInterrupt):
        await xqute.run_until_complete()
    assert job.status is S.KILLED


async def test_without_a_limit_a_hook_is_waited_for(make, until):
    go = anyio.Event()

    async def slow(scheduler, job):
        await go.wait()

    async with make(plugins=[plugin("on_job_succeeded", slow)], hook_timeout=None) as xqute:
        job = await xqute.push(["exit", 0])
        await until(lambda: job.status is S.FINISHED)
        go.set()


# --- which plugins -------------------------------------------------------------------------------


async def test_a_registered_plugin_is_called_by_every_producer(make, recorder):
    with simplug.plugins_context([recorder]):
        async with make() as xqute:
            await xqute.push(["exit", 0])
    assert recorder.calls


async def test_a_plugin_of_one_producer_is_not_called_by_another(make, recorder):
    async with make(plugins=[recorder]):
        pass
    before = list(recorder.calls)
    async with make() as xqute:
        await xqute.push(["exit", 0])
    assert recorder.calls == before
    assert recorder not in [wrapper.plugin for wrapper in simplug.get_all_plugins().values()]


async def test_a_leading_dash_leaves_a_registered_plugin_out(make, recorder):
    recorder.name = "recorder"
    with simplug.plugins_context([recorder]):
        async with make(plugins=["-recorder"]) as xqute:
            await xqute.push(["exit", 0])
        assert recorder.calls == []
        async with make():
            pass
        assert recorder.calls


async def test_to_leave_out_an_unknown_plugin_is_an_error(make):
    with pytest.raises(PluginError, match="no plugin 'recorder' to leave out"):
        make(plugins=["-recorder"])


async def test_a_hook_with_other_arguments_is_an_error(make, tmp_path):
    class Wrong:
        @simplug.impl
        async def on_job_init(self, job): ...

    with pytest.raises(PluginError, match=r"on_job_init .* takes \['job'\]"):
        make(plugins=[Wrong()])
    assert list(tmp_path.iterdir()) == []


async def test_plugins_are_called_in_the_order_of_their_priority(make):
    order = []

    def make_plugin(label, priority):
        async def note(scheduler):
            order.append(label)

        made = plugin("on_init", note)
        made.name, made.priority = label, priority
        return made

    async with make(plugins=[make_plugin("late", 9), make_plugin("early", -9)]):
        pass
    assert order == ["early", "late"]


# --- hooks that act ------------------------------------------------------------------------------


async def test_a_hook_that_pushes_a_job(make):
    async def push(scheduler, job):
        if job.index < 2:
            await xqute.push(["exit", 0])

    xqute = make(plugins=[plugin("on_job_succeeded", push)])
    await xqute.push(["exit", 0])
    assert [job.status for job in await xqute.run_until_complete()] == [S.FINISHED] * 3


async def test_a_hook_of_the_beginning_that_pushes_a_job_is_told(make):
    async def push(scheduler):
        await xqute.push(["exit", 0])

    xqute = make(plugins=[plugin("on_init", push)])
    with anyio.fail_after(5), pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert isinstance(group.value.exceptions[0], XquteError)
    assert xqute.jobs == []


async def test_a_push_that_is_cancelled_in_the_first_hook_harms_no_other(make):
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
async def test_a_hook_that_kills_its_own_job(make, until, hook, status):
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


async def test_a_hook_that_waits_for_its_own_job_is_told(make):
    async def wait(scheduler, job):
        await job.wait()

    xqute = make(plugins=[plugin("on_job_running", wait)])
    await xqute.push(["exit", 0])
    with pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert isinstance(group.value.exceptions[0], XquteError)


async def test_a_hook_that_waits_for_another_job(make):
    async def wait(scheduler, job):
        if job.index == 1:
            await xqute.jobs[0].wait()

    xqute = make(plugins=[plugin("on_job_succeeded", wait)])
    await xqute.push(["exit", 0])
    await xqute.push(["exit", 0])
    with anyio.fail_after(5):
        await xqute.run_until_complete()


async def test_a_hook_that_pushes_too_late_harms_nothing(make):
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
