"""Which plugins a run calls, what becomes of their errors, and of hooks that hang."""

import asyncio
import logging
import math
import os
import signal
import warnings

import anyio
import pytest
from simplug import SyncImplOnAsyncSpecWarning

from xqute import HookTimeout, JobStatus, PluginError, simplug

pytestmark = pytest.mark.anyio
S = JobStatus
BEGUN = ["init", "queued", "submitted", "running"]


async def test_errors_are_collected_and_logged(make, caplog, plugin):
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
async def test_errors_of_the_hooks_of_a_run(make, hook, plugin):
    async def fail(scheduler):
        raise RuntimeError("mine")

    xqute = make(plugins=[plugin(hook, fail)])
    job = await xqute.push(["exit", 0])
    with pytest.raises(ExceptionGroup) as group:
        await xqute.run_until_complete()
    assert [str(error) for error in group.value.exceptions] == ["mine"]
    assert job.status is S.FINISHED


async def test_other_plugins_are_called_after_one_that_raises(make, recorder, plugin):
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


class Plain:
    """A plugin whose hook is a plain function."""

    @simplug.impl
    def on_job_init(self, scheduler, job):
        """Do nothing."""


@pytest.mark.parametrize(
    ("registered", "given"), [(True, False), (False, True), (True, True)], ids=str
)
async def test_a_plain_function_is_warned_of_once(make, registered, given):
    plugin = Plain()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        if registered:
            simplug.register(plugin)
        xqute = make(plugins=[plugin] if given else [])
    assert [one.category for one in told] == [SyncImplOnAsyncSpecWarning]
    await xqute.run_until_complete()


# --- hooks that hang -----------------------------------------------------------------------------


@pytest.fixture
def hanging(plugin):
    """Makes a plugin with a hook that does not return."""

    def make_plugin(hook, log=None):
        async def hang(scheduler, *_):
            try:
                await anyio.sleep_forever()
            finally:
                if log is not None:
                    log.append(hook)

        made = plugin(hook, hang)
        made.name = "the-plugin"
        return made

    return make_plugin


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
async def test_a_hook_that_hangs_is_cancelled_and_told(
    make, caplog, recorder, hook, status, hanging
):
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


async def test_a_hook_that_hangs_is_no_veto(make, until, hanging):
    xqute = make(plugins=[hanging("on_job_killing")], hook_timeout=0.01)
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    with anyio.fail_after(5):
        assert await job.kill()
    with pytest.raises(ExceptionGroup):
        await xqute.run_until_complete()


async def test_a_shutdown_that_hangs_shuts_down(make, until, hanging):
    xqute = make(plugins=[hanging("on_shutdown")], hook_timeout=0.01)
    job = await xqute.push(["run"])
    await until(lambda: job.status is S.RUNNING)
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
    with anyio.fail_after(5), pytest.raises(KeyboardInterrupt):
        await xqute.run_until_complete()
    assert job.status is S.KILLED


@pytest.mark.parametrize(("limit", "some"), [(None, False), (3600.0, True)])
async def test_only_with_a_limit_a_hook_has_a_deadline(make, plugin, limit, some):
    deadlines = []

    async def note(scheduler, *_):
        deadlines.append(anyio.current_effective_deadline())

    hooks = ("on_init", "on_job_init", "on_job_queued", "on_job_succeeded", "on_complete")
    async with make(plugins=[plugin(hook, note) for hook in hooks], hook_timeout=limit) as xqute:
        await xqute.push(["exit", 0])
    assert [deadline < math.inf for deadline in deadlines] == [some] * 5


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


async def test_plugins_are_called_in_the_order_of_their_priority(make, plugin):
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
