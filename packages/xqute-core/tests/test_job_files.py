"""Where the files of a job are, and what is read from them."""

from pathlib import Path

import pytest

from xqute import Claim, JobFiles


@pytest.fixture
def files(tmp_path):
    """The files of job 3, in its second attempt."""
    (tmp_path / "3").mkdir()
    return JobFiles(3, str(tmp_path), token="0a")


def test_where_they_are(files, tmp_path):
    folder = tmp_path / "3"
    assert (files.folder, files.metadir) == (str(folder), folder)
    assert Path(files.claim) == folder / "job.claim.0a"
    assert files.rc_file == folder / "job.rc"
    assert files.status_file == folder / "job.status"
    assert files.lock_file == folder / "job.lock"
    assert files.stdout_file == folder / "job.stdout"
    assert files.stderr_file == folder / "job.stderr"
    assert files.retry_dir == folder / "job.retry"
    assert files.wrapped_script("sge") == folder / "job.wrapped.sge"


def test_who_has_the_claim(files):
    assert (files.read_claim(), files.claimed_by()) == (None, None)
    Path(files.claim).write_text("uid 7.1\n")
    assert (files.read_claim(), files.claimed_by()) == (Claim(uid="7.1"), None)
    Path(files.claim).write_text("uid 7.1\npid 12 host a\n")
    assert files.claimed_by() == 12


@pytest.mark.parametrize(
    ("status", "started"),
    [
        (None, False),
        ("", False),
        ("RUNN", False),
        ("RUNNING\n", True),
        ("RUNNING\nFAILED\n", True),
        ("FAILED NEVER_STARTED cannot write output\n", False),
    ],
)
def test_whether_the_command_has_started(files, status, started):
    if status is not None:
        files.status_file.write_text(status)
    assert files.has_started() is started


def test_a_result_of_a_job_with_a_timeout(files):
    files.rc_file.write_text("0\n")
    files.status_file.write_text("RUNNING\nFAILED TIMEOUT\n")
    assert files.read_report().failure is None
    files.timeout = 1.0
    assert files.read_report().failure is not None
