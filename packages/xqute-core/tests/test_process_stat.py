"""What is read from `/proc/PID/stat`."""

import os
import subprocess

import pytest

from xqute import ProcessStat
from xqute._process import LINUX

pytestmark = pytest.mark.skipif(not LINUX, reason="reads /proc")


def test_this_process():
    stat = ProcessStat.read(os.getpid())
    assert (stat.parent, stat.session) == (os.getppid(), os.getsid(0))
    assert stat.start.isdecimal()
    assert stat.lives


def test_a_zombie_does_not_live():
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        stat = ProcessStat.read(process.pid)
        assert (stat.state, stat.lives) == ("Z", False)
        assert stat.parent == os.getpid()
    assert ProcessStat.read(process.pid) is None


def test_a_program_whose_name_has_blanks_and_parentheses(tmp_path):
    program = tmp_path / "a) R 1 (b"
    program.symlink_to("/bin/cat")
    with subprocess.Popen([program], stdin=subprocess.PIPE) as process:
        stat = ProcessStat.read(process.pid)
        assert (stat.parent, stat.session) == (os.getpid(), os.getsid(0))
        assert stat.start.isdecimal()
        process.stdin.close()
