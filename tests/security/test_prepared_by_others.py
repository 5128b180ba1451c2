"""A folder that another user may have prepared is refused, and no link in one is followed."""

import os
from functools import partial

import pytest

from xqute import JobStatus, MetadirError, Xqute

pytestmark = pytest.mark.anyio

STRANGER = 54321
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


@pytest.fixture
def metadir(tmp_path):
    return tmp_path / "jobs"


@pytest.fixture
def producer(metadir):
    return partial(Xqute, job_metadir=metadir)


@pytest.fixture
def precious(tmp_path):
    """A folder that looks like a job's folder, and must not be changed."""
    folder = tmp_path / "precious"
    folder.mkdir()
    for name in ("job.rc", "job.wrapped.local", "job.stdout", "job.lock"):
        (folder / name).write_text("precious\n")
    yield folder
    assert {path.read_text() for path in folder.iterdir()} == {"precious\n"}
    assert len(list(folder.iterdir())) == 4


@as_root
async def test_a_metadir_of_another_user(producer, metadir):
    metadir.mkdir(0o700)
    os.chown(metadir, STRANGER, STRANGER)
    with pytest.raises(MetadirError, match=f"belongs to another user, uid {STRANGER}"):
        producer()
    assert list(metadir.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
async def test_a_metadir_that_anybody_may_write_to(producer, metadir, mode):
    metadir.mkdir()
    metadir.chmod(mode)
    with pytest.raises(MetadirError, match="everybody may write to it"):
        producer()
    assert list(metadir.iterdir()) == []


async def test_a_metadir_that_is_a_link_of_ones_own(producer, metadir, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    metadir.symlink_to(tmp_path / "elsewhere")
    async with producer() as xqute:
        job = await xqute.push(["true"])
    assert job.status is JobStatus.FINISHED
    assert (tmp_path / "elsewhere" / "0").is_dir()


@as_root
async def test_a_metadir_that_is_a_link_of_another_user(producer, metadir, precious):
    metadir.symlink_to(precious)
    os.lchown(metadir, STRANGER, STRANGER)
    with pytest.raises(MetadirError, match="symbolic link"):
        producer()


async def test_a_metadir_that_is_a_link_to_nothing(producer, metadir, tmp_path):
    metadir.symlink_to(tmp_path / "nothing")
    with pytest.raises(MetadirError):
        producer()
    assert not (tmp_path / "nothing").exists()


async def test_a_lock_that_is_a_link(producer, metadir, precious):
    metadir.mkdir()
    (metadir / "producer.lock").symlink_to(precious / "job.lock")
    with pytest.raises(MetadirError):
        producer()


async def test_the_folder_of_a_job_is_a_link(producer, metadir, precious):
    metadir.mkdir()
    (metadir / "0").symlink_to(precious)
    async with producer() as xqute:
        with pytest.raises(MetadirError, match="symbolic link"):
            await xqute.push(["true"])


@as_root
async def test_the_folder_of_a_job_is_of_another_user(producer, metadir):
    (metadir / "0").mkdir(parents=True)
    os.chown(metadir / "0", STRANGER, STRANGER)
    async with producer() as xqute:
        with pytest.raises(MetadirError, match="another user"):
            await xqute.push(["true"])


async def test_anybody_may_write_to_the_folder_of_a_job(producer, metadir):
    (metadir / "0").mkdir(parents=True)
    (metadir / "0").chmod(0o777)
    async with producer() as xqute:
        with pytest.raises(MetadirError, match="everybody may write"):
            await xqute.push(["true"])


async def test_the_folder_becomes_a_link_after_the_push(producer, metadir, precious, tmp_path):
    async with producer() as xqute:
        first = await xqute.push(
            ["sh", "-c", f"until [ -e '{tmp_path}/gate' ]; do sleep 0.01; done"]
        )
        second = await xqute.push(["true"])
        (metadir / "1").symlink_to(precious)
        (tmp_path / "gate").touch()
        await first.wait()
        await second.wait()
    assert second.status is JobStatus.FAILED
    assert "symbolic link" in second.failure.detail


@pytest.mark.parametrize("name", ["job.stdout", "job.stderr", "job.status", "job.rc", "job.lock"])
async def test_a_file_of_a_former_run_is_a_link(producer, metadir, precious, name):
    async with producer() as xqute:
        job = await xqute.push(["echo", "out"])
    path = metadir / "0" / name
    path.unlink(missing_ok=True)
    path.symlink_to(precious / "job.rc")
    async with producer() as xqute:
        job = await xqute.push(["echo", "out"])
    assert job.status is JobStatus.FINISHED
    assert await job.stdout() == "out\n"
    assert not path.is_symlink()


async def test_a_claim_is_a_link(producer, metadir, precious, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "urandom", bytes)
    (metadir / "0").mkdir(parents=True)
    (metadir / "0" / f"job.claim.{'00' * 6}").symlink_to(tmp_path / "nothing")
    async with producer() as xqute:
        job = await xqute.push(["true"])
    assert job.status is JobStatus.FAILED
    assert not (tmp_path / "nothing").exists()
