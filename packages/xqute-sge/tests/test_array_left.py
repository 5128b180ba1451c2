"""The script of an array that a crash has left is removed once no task of it is in doubt."""

import pytest

from xqute.schedulers.sge import SgeJob, _array_script

TOKEN = "0123456789ab"


@pytest.fixture
def left(tmp_path):
    """The script of an array with one task that may have been submitted or not."""
    job = SgeJob(0, ("true",), str(tmp_path), options={})
    job.attempt = job.attempt.with_token(TOKEN)
    job.metadir.mkdir()
    (job.metadir / "job.wrapped.sge").write_text(
        f"# xqute intent 1 trial=0 token={TOKEN} fingerprint=ff\n"
    )
    file = _array_script.script_path(tmp_path, _array_script.new_name([job]))
    _array_script.write(file, _array_script.render("n", tmp_path, "/bin/sh", [job], []))
    return file


def begins(folder):
    (folder / f"job.claim.{TOKEN}").touch()


def has_an_id(folder):
    (folder / "job.lock").write_text("17.1\n")


def is_tried_again(folder):
    (folder / "job.wrapped.sge").write_text("# xqute intent 1 trial=1 token=ffff fingerprint=ff\n")


def is_removed(folder):
    (folder / "job.wrapped.sge").unlink()


def test_in_doubt(left, tmp_path):
    (tmp_path / "0" / "job.lock").touch()
    _array_script.remove_settled(tmp_path)
    assert left.exists()


@pytest.mark.parametrize("what", [begins, has_an_id, is_tried_again, is_removed])
def test_not_in_doubt(left, tmp_path, what):
    what(tmp_path / "0")
    _array_script.remove_settled(tmp_path)
    assert not left.exists()


def test_not_even_written(left, tmp_path):
    left.write_text("")
    _array_script.remove_settled(tmp_path)
    assert not left.exists()


@pytest.mark.anyio
async def test_it_is_removed_at_the_end_of_a_run(make, left, tmp_path):
    begins(tmp_path / "0")
    xqute = make(job_metadir=tmp_path)
    await xqute.run_until_complete()
    assert not left.exists()
