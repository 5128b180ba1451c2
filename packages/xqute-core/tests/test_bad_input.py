"""What can't be used is a clear error at the call that brought it, and nothing is written."""

import pytest

from xqute import (
    InvalidType,
    InvalidValue,
    MetadirError,
    MetadirInUse,
    NoRunningLoop,
    PluginError,
    RunEnded,
    SchedulerNotFound,
    Xqute,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _nothing_is_written(tmp_path):
    yield
    left = [path for path in tmp_path.rglob("*") if path.name != "producer.lock"]
    assert left in ([], [tmp_path / "jobs"])


def test_no_running_loop(make, tmp_path):
    with pytest.raises(NoRunningLoop, match=r"asyncio\.run"):
        make()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (
            {"shel": "sh"},
            InvalidValue,
            r"no option 'shel'; did you mean 'shell'\? it has: cwd, env",
        ),
        ({"shell": "/no/such/shell"}, InvalidValue, "not installed"),
        ({"shell": 1}, InvalidType, "shell"),
        ({"env": {"a=b": "c"}}, InvalidValue, "a=b"),
        ({"env": {"": "c"}}, InvalidValue, "empty"),
        ({"env": {"a": "b\0"}}, InvalidValue, "NUL"),
        ({"env": "a=b"}, InvalidType, "mapping"),
        ({"cwd": "/no/such/folder"}, InvalidValue, "/no/such/folder"),
        ({"kill_grace": -1}, InvalidValue, "kill_grace"),
        ({"kill_grace": "long"}, InvalidType, "kill_grace"),
        ({"job_error_strategy": "again"}, InvalidValue, "'ignore', 'retry' and 'halt'"),
        ({"job_num_retries": -1}, InvalidValue, "job_num_retries"),
        ({"job_num_retries": "3"}, InvalidType, "job_num_retries"),
        ({"job_retry_delay": -0.5}, InvalidValue, "job_retry_delay"),
        ({"scheduler_forks": 0}, InvalidValue, "1 or more"),
        ({"scheduler_forks": -1}, InvalidValue, "1 or more"),
        ({"scheduler_forks": 1.5}, InvalidType, "int"),
        ({"scheduler_forks": True}, InvalidType, "int"),
        ({"hook_timeout": 0}, InvalidValue, "hook_timeout"),
        ({"hook_timeout": "long"}, InvalidType, "hook_timeout"),
        ({"on_interrupt": "ignore"}, InvalidValue, "'kill' or 'detach'"),
        ({"plugins": ["-unknown"]}, PluginError, "unknown"),
        ({"plugins": ["no_such_module"]}, PluginError, "no_such_module"),
        ({"job_metadir": None}, InvalidType, "job_metadir"),
        ({"job_metadir": b"jobs"}, InvalidType, "job_metadir"),
        ({"job_metadir": "a\0b"}, InvalidValue, "NUL"),
        ({"job_metadir": ""}, InvalidValue, "job_metadir"),
        ({"job_metadir": "\ud800"}, InvalidValue, "job_metadir"),
    ],
    ids=str,
)
async def test_arguments_of_the_producer(make, tmp_path, arguments, error, says):
    with pytest.raises(error, match=says):
        make(**arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheduler", ["no-such-scheduler", ""])
async def test_an_unknown_scheduler(tmp_path, scheduler):
    with pytest.raises(SchedulerNotFound):
        Xqute(scheduler, job_metadir=tmp_path / "jobs")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheduler", [None, 1, int, object()])
async def test_no_scheduler(tmp_path, scheduler):
    with pytest.raises(InvalidType, match="subclass of Scheduler"):
        Xqute(scheduler, job_metadir=tmp_path / "jobs")
    assert list(tmp_path.iterdir()) == []


async def test_every_error_is_an_error_of_python_too(make):
    async with make() as xqute:
        with pytest.raises(TypeError):
            await xqute.push("echo 1")
        with pytest.raises(ValueError, match="empty"):
            await xqute.push([])
        with pytest.raises(ValueError, match="option"):
            await xqute.push(["exit", 0], unknown=1)


async def test_a_metadir_that_is_a_file(make):
    with pytest.raises(MetadirError, match="not a folder"):
        make(job_metadir="/etc/passwd")


async def test_a_metadir_that_cannot_be_made(make):
    with pytest.raises(MetadirError, match=r"can't be used.*job_metadir="):
        make(job_metadir="/proc/jobs")


async def test_a_metadir_in_use(make):
    async with make():
        with pytest.raises(MetadirInUse, match=r"process \d+ on host"):
            make()


async def test_a_push_after_the_end(make):
    xqute = make()
    await xqute.run_until_complete()
    with pytest.raises(RunEnded, match="create another Xqute"):
        await xqute.push(["exit", 0])
