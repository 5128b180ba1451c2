"""Only one producer at a time uses a job metadir."""

import fcntl
import os
import subprocess
import sys

import pytest

from xqute import MetadirError, MetadirInUse, ProcessIdentity
from xqute._metadir_lock import MetadirLock
from xqute._process import this_host

HOLD = """
import sys
from xqute._metadir_lock import MetadirLock
held = MetadirLock(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs"


@pytest.fixture
def holder(path):
    """Another process that has locked the folder."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


@pytest.fixture
def take(path):
    """Locks the folder until the end of the test."""
    taken = []

    def take():
        taken.append(MetadirLock(path))
        return taken[-1]

    yield take
    for metadir in taken:
        metadir.release()


@pytest.fixture
def flocked(path):
    """A lock file that is locked through another open file. A test writes into it who that is."""
    path.mkdir()
    with (path / "producer.lock").open("w+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path / "producer.lock"


def test_the_folder_is_made_for_its_owner_alone(take, path):
    assert take().path == path
    assert path.stat().st_mode & 0o777 == 0o700


def test_the_lock_says_who_holds_it(take, path):
    take()
    held_by = ProcessIdentity.parse((path / "producer.lock").read_text())
    assert held_by == ProcessIdentity.current()


def test_in_use_by_this_process(take):
    take()
    with pytest.raises(MetadirInUse, match=f"process {os.getpid()} on host"):
        take()


def test_in_use_by_another_process(take, holder):
    with pytest.raises(MetadirInUse) as caught:
        take()
    assert f"process {holder.pid} on host {this_host()}" in str(caught.value)
    assert "job_metadir=" in str(caught.value)


def test_the_lock_of_a_killed_process_is_taken_over(take, holder):
    holder.kill()
    holder.wait()
    take()


def test_released_and_taken_again(take):
    metadir = take()
    metadir.release()
    metadir.release()
    take()


@pytest.mark.parametrize("text", [b"", b"\n", b"rubbish", b"\xff\xfe\x00", b"1/1/boot/host\n" * 9])
def test_a_lock_file_that_nobody_locks_is_stale(take, path, text):
    path.mkdir()
    (path / "producer.lock").write_bytes(text)
    take()
    held_by = ProcessIdentity.parse((path / "producer.lock").read_text())
    assert held_by == ProcessIdentity.current()


@pytest.mark.parametrize("text", [b"", b"rubbish", b"\xff\xfe\x00"])
def test_a_locked_file_that_does_not_say_who_is_in_use(take, flocked, text):
    flocked.write_bytes(text)
    with pytest.raises(MetadirInUse, match="another process"):
        take()


def test_a_holder_on_another_host_is_believed(take, flocked):
    flocked.write_text(f"{ProcessIdentity.current()._replace(host='far.example', pid=7)}\n")
    with pytest.raises(MetadirInUse, match=r"process 7 on host far\.example"):
        take()


@pytest.mark.parametrize("change", [{"start": "1"}, {"boot": "another"}])
def test_a_child_of_a_dead_holder_keeps_the_lock_but_not_its_name(take, flocked, change):
    flocked.write_text(f"{ProcessIdentity.current()._replace(**change)}\n")
    take()
    with pytest.raises(MetadirInUse, match=f"process {os.getpid()}"):
        take()


def test_a_child_that_shares_the_lock_file_keeps_the_lock_until_it_ends(take, path):
    first = take()
    # The lock belongs to the open file, which the child shares.
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[first._lock.fileno()]) as child:
        first.release()
        with pytest.raises(MetadirInUse):
            take()
        child.stdin.close()
        child.wait()
    take()


def test_a_file_is_no_folder(path):
    path.touch()
    with pytest.raises(MetadirError, match="not a folder"):
        MetadirLock(path)


def test_below_a_file_is_no_folder(path):
    path.touch()
    with pytest.raises(MetadirError, match="can't be used"):
        MetadirLock(path / "jobs")


def test_a_lock_file_that_is_a_link_is_not_followed(path, tmp_path):
    path.mkdir()
    (tmp_path / "precious").write_text("precious\n")
    (path / "producer.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(MetadirError, match="can't be used"):
        MetadirLock(path)
    assert (tmp_path / "precious").read_text() == "precious\n"
