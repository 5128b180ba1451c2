"""Finding and running Grid Engine's commands."""

import time

import pytest

from xqute import InvalidType, InvalidValue, SchedulerUnavailable
from xqute.schedulers.sge._commands import CommandResult, CommandTimedOut, find_command, run_command

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["qsub", "qstat", "qdel", "qacct"])
async def test_a_command_that_is_missing_is_named(make, name):
    with pytest.raises(InvalidValue, match=rf"{name}: the command '/nowhere/x' is not there"):
        make(**{name: "/nowhere/x"})


def test_a_command_is_a_path(tmp_path):
    with pytest.raises(InvalidType, match="qsub"):
        find_command("qsub", 3)
    with pytest.raises(InvalidValue, match="qsub"):
        find_command("qsub", tmp_path)


async def test_what_it_prints_and_how_it_ends():
    answer = await run_command("/bin/sh", "-c", "echo a; echo b >&2; cat; exit 3", time_limit=10)
    assert answer == CommandResult(3, "a\n", "b\n")
    assert answer.message == "b; a"


async def test_its_time_is_limited():
    began = time.monotonic()
    with pytest.raises(CommandTimedOut, match=r"sh did not answer within 0\.2 s"):
        await run_command("/bin/sh", "-c", "sleep 30", time_limit=0.2)
    assert time.monotonic() - began < 10


async def test_one_that_cannot_be_started_cannot_be_asked(tmp_path):
    with pytest.raises(SchedulerUnavailable, match="can't be started"):
        await run_command(str(tmp_path / "gone"), time_limit=1)


async def test_a_signal_for_the_terminal_is_not_for_it():
    answer = await run_command("/bin/sh", "-c", "ps -o sid= -p $$; echo $$", time_limit=10)
    sid, pid = answer.stdout.split()
    assert sid == pid


def test_silence_is_told():
    assert "status 4" in CommandResult(4, "", "Exiting.\n").message
