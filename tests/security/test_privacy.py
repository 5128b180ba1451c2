"""Other users can't read the environment and output of jobs; the group can, if that is wanted."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from xqute import Xqute

pytestmark = pytest.mark.anyio

STRANGER = 54321


@pytest.fixture
def umask():
    """Sets the umask until the end of the test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


async def run(folder, **more):
    async with Xqute(
        job_metadir=folder, job_error_strategy="retry", job_num_retries=1, job_retry_delay=0, **more
    ) as xqute:
        job = await xqute.push(["sh", "-c", "echo $PASSWORD; exit 1"], env={"PASSWORD": "secret"})
    assert job.trial_count == 1
    return job


def read_as(user, group, path):
    """Return what another user can read of a file."""
    who = ["--reuid", str(user), "--regid", str(group), "--clear-groups"]
    return subprocess.run(["setpriv", *who, "cat", path], capture_output=True, check=False).stdout


def modes(folder):
    """Return the modes of a folder and of all that is in it, by path."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
async def test_folders_and_scripts_are_their_owners_alone(tmp_path, umask, mask):
    umask(mask)
    await run(tmp_path / "jobs")
    found = modes(tmp_path / "jobs")
    for private in (".", "producer.lock", "0", "0/job.wrapped.local"):
        assert found[private] & 0o077 == 0, private


async def test_they_are_below_a_folder_that_was_open_before(tmp_path, umask):
    umask(0o022)
    (tmp_path / "jobs" / "0").mkdir(parents=True)
    await run(tmp_path / "jobs")
    found = modes(tmp_path / "jobs")
    assert found["."] == 0o755
    assert found["0"] == 0o700


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
async def test_the_group_may_read_where_that_is_wanted(tmp_path, umask, mask):
    umask(mask)
    await run(tmp_path / "jobs", job_group_access=True)
    found = modes(tmp_path / "jobs")
    for shared in (".", "0", "0/job.wrapped.local"):
        assert found[shared] == 0o750, shared
    if mask == 0o022:
        for name in ("stdout", "stderr", "status", "rc"):
            assert found[f"0/job.{name}"] & 0o040
            assert found[f"0/job.retry/1/job.{name}"] & 0o040
    assert found["producer.lock"] == 0o600


async def test_what_was_shared_is_private_again(tmp_path, umask):
    umask(0o022)
    await run(tmp_path / "jobs", job_group_access=True)
    await run(tmp_path / "jobs")
    assert modes(tmp_path / "jobs")["0"] == 0o700


@pytest.fixture
def open_folder():
    """A folder that other users may enter; pytest makes the folders above its own private."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can be another user"
)
@pytest.mark.parametrize("shared", [False, True])
async def test_another_user_and_one_of_the_group(open_folder, umask, shared):
    umask(0o022)
    job = await run(open_folder / "jobs", job_group_access=shared)
    for group, allowed in ((STRANGER, False), (os.getegid(), shared)):
        for path in (job.script_path, job.stdout_file, job.retry_dir / "1" / "job.stdout"):
            assert (b"secret" in read_as(STRANGER, group, path)) == allowed, path
