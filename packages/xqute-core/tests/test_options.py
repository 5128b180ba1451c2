"""The options that every scheduler has, for a run and for one job."""

from pathlib import Path

import pytest

from xqute import InvalidType, InvalidValue

pytestmark = pytest.mark.anyio


async def test_the_defaults(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with make() as xqute:
        options = xqute.scheduler.options
    assert options == {
        "shell": "/bin/sh", "env": None, "cwd": str(tmp_path), "kill_grace": 5.0, "queue": None
    }  # fmt: skip


async def test_values_are_kept_in_one_form(make, tmp_path):
    given = {"shell": "sh", "env": {"A": 1}, "cwd": tmp_path / ".." / tmp_path.name}
    async with make(**given, kill_grace=0) as xqute:
        options = xqute.scheduler.options
    assert Path(options["shell"]).is_absolute()
    assert (options["env"], options["cwd"]) == ({"A": "1"}, str(tmp_path))
    assert options["kill_grace"] == 0


BAD = [
    ({"que": "long"}, InvalidValue, r"did you mean 'queue'\? it has: cwd, env, kill_grace, queue"),
    ({"zzz": 1}, InvalidValue, "no option 'zzz'; it has: cwd"),
    ({"shell": "/no/such/shell"}, InvalidValue, "not installed"),
    ({"shell": "/etc/passwd"}, InvalidValue, "can't be executed"),
    ({"shell": b"sh"}, InvalidType, "shell"),
    ({"kill_grace": float("nan")}, InvalidValue, "kill_grace"),
    ({"kill_grace": True}, InvalidType, "kill_grace"),
]


@pytest.mark.parametrize(("options", "error", "says"), BAD, ids=lambda value: repr(value)[:30])
async def test_what_cannot_be_used_is_an_error_of_the_run(make, options, error, says):
    with pytest.raises(error, match=says):
        make(**options)


@pytest.mark.parametrize(("options", "error", "says"), BAD, ids=lambda value: repr(value)[:30])
async def test_what_cannot_be_used_is_an_error_of_the_push(make, options, error, says):
    async with make() as xqute:
        with pytest.raises(error, match=says):
            await xqute.push(["exit", 0], **options)
        assert xqute.jobs == []


async def test_a_shell_with_a_newline_in_its_path_cannot_be_used(make, tmp_path):
    shell = tmp_path / "a\nb"
    shell.symlink_to(Path("/bin/sh"))
    with pytest.raises(InvalidValue, match="shell"):
        make(shell=shell)
