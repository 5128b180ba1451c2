"""What can't be used is a clear error at the call that brought it, and nothing is written."""

from pathlib import Path

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


@pytest.mark.parametrize(
    ("cmd", "error", "says"),
    [
        ([], InvalidValue, "empty"),
        ((), InvalidValue, "empty"),
        ([""], InvalidValue, "empty"),
        ("echo 1", InvalidType, r"push\(\['echo', '1'\]\).*push\(\['sh', '-c', 'echo 1'\]\)"),
        ("", InvalidType, "push"),
        (b"echo", InvalidType, "bytes"),
        (bytearray(b"echo"), InvalidType, "bytearray"),
        (None, InvalidType, "NoneType"),
        (7, InvalidType, "int"),
        ({"echo": 1}, InvalidType, "dict"),
        ({"echo"}, InvalidType, "set"),
        ((word for word in ["echo"]), InvalidType, "generator"),
        (["echo", None], InvalidType, "argument 1 .*NoneType"),
        (["echo", b"1"], InvalidType, "argument 1 .*bytes"),
        (["echo", True], InvalidType, "argument 1 .*bool"),
        (["echo", ["1"]], InvalidType, "argument 1 .*list"),
        (["echo", "a\0b"], InvalidValue, "argument 1 holds a NUL"),
        (["echo", Path("a\0b")], InvalidValue, "argument 1 holds a NUL"),
        (["echo", "x" * 200_000], InvalidValue, "argument 1 is too long"),
        (["echo", "é" * 70_000], InvalidValue, "argument 1 is too long"),
        (["echo", "\ud800"], InvalidValue, "argument 1"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_command(make, tmp_path, cmd, error, says):
    async with make() as xqute:
        with pytest.raises(error, match=says):
            await xqute.push(cmd)
        assert xqute.jobs == []


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        ({"env": {"a=b": "c"}}, InvalidValue, "a=b"),
        ({"env": {"a\0": "c"}}, InvalidValue, "NUL"),
        ({"env": {"": "c"}}, InvalidValue, "empty"),
        ({"env": {"a": "\0"}}, InvalidValue, "variable a holds a NUL"),
        ({"env": {"a": None}}, InvalidType, "variable a"),
        ({"env": {b"a": "b"}}, InvalidType, "b'a'"),
        ({"env": {"\ud800": "b"}}, InvalidValue, "variable"),
        ({"env": {"a": "\ud800"}}, InvalidValue, "variable a"),
        ({"env": {"a": "x" * 131_070}}, InvalidValue, "too long"),
        ({"env": {"é" * 60_000: "é" * 60_000}}, InvalidValue, "too long"),
        ({"env": ["a=b"]}, InvalidType, "mapping"),
        ({"env": []}, InvalidType, "mapping"),
        ({"cwd": "/no/such/folder"}, InvalidValue, "/no/such/folder"),
        ({"cwd": "/etc/passwd"}, InvalidValue, "not a folder"),
        ({"cwd": "a\0b"}, InvalidValue, "NUL"),
        ({"cwd": b"/"}, InvalidType, "cwd is a path"),
        ({"timeout": 0}, InvalidValue, "above 0"),
        ({"timeout": -1}, InvalidValue, "timeout"),
        ({"timeout": float("inf")}, InvalidValue, "finite"),
        ({"timeout": float("nan")}, InvalidValue, "finite"),
        ({"timeout": "1"}, InvalidType, "seconds"),
        ({"timeout": True}, InvalidType, "seconds"),
        ({"name": 1}, InvalidType, "name"),
        ({"que": "long"}, InvalidValue, "did you mean 'queue'"),
        ({"shell": "/no/such/shell"}, InvalidValue, "not installed"),
        ({"kill_grace": float("nan")}, InvalidValue, "kill_grace"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_what_comes_with_a_command(make, more, error, says):
    async with make() as xqute:
        with pytest.raises(error, match=says):
            await xqute.push(["exit", 0], **more)
        assert xqute.jobs == []


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
    with pytest.raises(RunEnded, match="make another Xqute"):
        await xqute.push(["exit", 0])
