"""The identity of a process, whose PID may be used again later."""

import os
import subprocess

import pytest

from xqute import ProcessIdentity
from xqute._process import this_boot, this_host


@pytest.fixture
def child():
    """A process that runs until its standard input is closed."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


def test_this_process_is_alive():
    current = ProcessIdentity.current()
    assert current.pid == os.getpid()
    assert (current.alive, current.here) == (True, True)
    assert (current.boot, current.host) == (this_boot(), this_host())


def test_the_text_is_read_back():
    current = ProcessIdentity.current()
    assert ProcessIdentity.parse(f"{current}\n") == current


@pytest.mark.parametrize("text", ["", "17", "17/1/2", "x/1/2/3", "-1/1/2/3", "²/1/2/3", "//a/b"])
def test_anything_else_is_no_identity(text):
    assert ProcessIdentity.parse(text) is None


def test_a_host_may_hold_a_slash():
    assert ProcessIdentity.parse("1/2/boot/a/b").host == "a/b"


def test_a_process_that_has_ended_is_not_alive(child):
    identity = ProcessIdentity.of(child.pid)
    assert identity.alive
    child.stdin.close()
    # It is not reaped, and a zombie keeps its PID.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert identity.alive
    child.wait()
    assert not identity.alive
    assert ProcessIdentity.of(child.pid) is None


def test_a_pid_that_came_round_again_is_another_process():
    assert not ProcessIdentity.current()._replace(start="1").alive


def test_a_process_of_another_boot_is_gone():
    assert not ProcessIdentity.current()._replace(boot="another").alive


def test_a_process_of_another_host_is_not_here():
    other = ProcessIdentity.current()._replace(host="another.example")
    assert (other.here, other.alive) == (False, False)


def test_made_is_the_process_that_was_made():
    processes = []

    def make():
        processes.append(subprocess.Popen(["cat"], stdin=subprocess.PIPE))
        return processes[0].pid

    identity = ProcessIdentity.made(make)
    with processes[0] as process:
        assert identity == ProcessIdentity.of(process.pid)
        process.stdin.close()
