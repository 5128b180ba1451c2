"""How the commands are found and run."""

import time

import pytest

from xqute import InvalidType, InvalidValue, SchedulerUnavailable
from xqute.schedulers.sge._commands import Answer, TimedOut, find, run

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["qsub", "qstat", "qdel", "qacct"])
async def test_a_command_that_is_missing_is_named(make, name):
    with pytest.raises(InvalidValue, match=rf"{name}: the command '/nowhere/x' is not there"):
        make(**{name: "/nowhere/x"})


def test_a_command_is_a_path(tmp_path):
    with pytest.raises(InvalidType, match="qsub"):
        find("qsub", 3)
    with pytest.raises(InvalidValue, match="qsub"):
        find("qsub", tmp_path)


async def test_what_it_prints_and_how_it_ends():
    answer = await run("/bin/sh", "-c", "echo a; echo b >&2; cat; exit 3", limit=10)
    assert answer == Answer(3, "a\n", "b\n")
    assert answer.text == "b; a"


async def test_its_time_is_limited():
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"sh did not answer within 0\.2 s"):
        await run("/bin/sh", "-c", "sleep 30", limit=0.2)
    assert time.monotonic() - began < 10


async def test_one_that_cannot_be_started_cannot_be_asked(tmp_path):
    with pytest.raises(SchedulerUnavailable, match="can't be started"):
        await run(str(tmp_path / "gone"), limit=1)


async def test_a_signal_for_the_terminal_is_not_for_it():
    answer = await run("/bin/sh", "-c", "ps -o sid= -p $$; echo $$", limit=10)
    sid, pid = answer.stdout.split()
    assert sid == pid


def test_silence_is_told():
    assert "status 4" in Answer(4, "", "Exiting.\n").text
