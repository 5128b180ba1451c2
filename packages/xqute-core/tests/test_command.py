"""What can't be a command, or come with one, is a clear error of `push`."""

from pathlib import Path

import pytest

from xqute import InvalidType, InvalidValue

pytestmark = pytest.mark.anyio


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
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_what_comes_with_a_command(make, more, error, says):
    async with make() as xqute:
        with pytest.raises(error, match=says):
            await xqute.push(["exit", 0], **more)
        assert xqute.jobs == []


async def test_words_may_be_texts_paths_and_numbers(make):
    async with make() as xqute:
        job = await xqute.push(["run", Path("a/b"), 3, 1.5])
        await job.kill()
    assert job.cmd == ("run", "a/b", "3", "1.5")


async def test_the_longest_word_that_the_system_takes(make):
    async with make() as xqute:
        job = await xqute.push(["run", "x" * 131_071])
        await job.kill()
        with pytest.raises(InvalidValue, match="it may have 131,071 bytes at most"):
            await xqute.push(["run", "x" * 131_072])
    assert len(job.cmd[1]) == 131_071
