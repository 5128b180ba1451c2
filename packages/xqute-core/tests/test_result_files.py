"""Reading the exit status and the status lines, whatever state their files are in."""

import pytest

from xqute._result_files import read_rc, read_status


@pytest.fixture
def job_folder(tmp_path):
    return tmp_path


@pytest.mark.parametrize(
    "text", [None, "", "0", "12", "\n", "x\n", "-1\n", "256\n", "²\n", "1 2\n"]
)
def test_no_rc_yet(job_folder, text):
    if text is not None:
        (job_folder / "job.rc").write_text(text)
    assert read_rc(f"{job_folder}/job.rc") is None


@pytest.mark.parametrize("rc", [0, 1, 99, 255])
def test_an_rc(job_folder, rc):
    (job_folder / "job.rc").write_text(f"{rc}\n")
    assert read_rc(f"{job_folder}/job.rc") == rc


def test_a_last_line_without_newline_counts_once_the_attempt_is_over(job_folder):
    (job_folder / "job.rc").write_text("3")
    assert read_rc(f"{job_folder}/job.rc") is None
    assert read_rc(f"{job_folder}/job.rc", over=True) == 3


def test_a_folder_that_is_a_file_has_no_files(job_folder):
    (job_folder / "file").touch()
    assert read_rc(f"{job_folder}/file/job.rc") is None


def test_a_status_line_counts_when_it_is_whole(job_folder):
    (job_folder / "job.status").write_text("RUNNING\nFINI")
    assert read_status(f"{job_folder}/job.status") == ["RUNNING"]
