"""The files that the controller writes, moves and removes in a job's folder."""

import pytest

from xqute._attempt_files import (
    Intent,
    append_status,
    clear_lock,
    shelve,
    wipe,
    write_script,
    write_uid,
)
from xqute._former import Former, read_former

INTENT = Intent(2, "0123456789ab", "ff00")
NAMES = ("job.rc", "job.status", "job.lock", "job.stdout", "job.stderr")


@pytest.fixture
def job_folder(tmp_path):
    return tmp_path / "0"


@pytest.fixture
def script(job_folder):
    return f"{job_folder}/job.wrapped.fake"


@pytest.fixture
def written(job_folder, script):
    """The folder of a job, with its script."""
    write_script(str(job_folder), script, "#!/bin/sh\n", INTENT)
    return job_folder


def test_the_intent_is_read_back(written, script):
    assert read_former(str(written), script) == Former(INTENT, None, None)


def test_nothing_was_there(job_folder, script):
    assert read_former(str(job_folder), script) is None


def test_a_script_that_is_not_whole_is_no_intent(written, script):
    whole = (written / "job.wrapped.fake").read_bytes()
    for length in range(len(whole)):
        (written / "job.wrapped.fake").write_bytes(whole[:length])
        assert read_former(str(written), script) is None


@pytest.mark.parametrize("text", [b"", b"\n", b"#!/bin/sh\n", b"\xff\xfe" * 500])
def test_another_file_is_no_intent(job_folder, script, text):
    job_folder.mkdir()
    (job_folder / "job.wrapped.fake").write_bytes(text)
    assert read_former(str(job_folder), script) is None


def test_only_the_last_line_is_the_intent(written, script):
    with (written / "job.wrapped.fake").open("a") as file:
        file.write("echo something else\n")
    assert read_former(str(written), script) is None


def test_only_the_owner_reads(written):
    assert written.stat().st_mode & 0o777 == 0o700
    assert (written / "job.wrapped.fake").stat().st_mode & 0o777 == 0o700


def test_a_script_is_written_byte_for_byte(job_folder, script):
    write_script(str(job_folder), script, "# \udcff é\n", INTENT)
    assert (job_folder / "job.wrapped.fake").read_bytes().startswith(b"# " + b"\xff \xc3\xa9\n")


def test_a_new_script_removes_what_a_former_run_left(written, script):
    for name in (*NAMES, "job.claim.0123456789ab"):
        (written / name).write_text("old\n")
    (written / "job.retry" / "1").mkdir(parents=True)
    write_script(str(written), script, "#!/bin/sh\n", Intent(0, "aa", "ff00"))
    assert {path.name for path in written.iterdir()} == {
        "job.wrapped.fake",
        "job.claim.0123456789ab",
    }


def test_a_new_script_keeps_the_attempts_before_it(written, script):
    (written / "job.retry" / "1").mkdir(parents=True)
    write_script(str(written), script, "#!/bin/sh\n", Intent(1, "aa", "ff00"), keep_retries=True)
    assert (written / "job.retry" / "1").is_dir()


def test_a_new_script_does_not_follow_a_link(job_folder, script, tmp_path):
    job_folder.mkdir()
    (tmp_path / "precious").write_text("precious\n")
    (job_folder / "job.wrapped.fake").symlink_to(tmp_path / "precious")
    write_script(str(job_folder), script, "#!/bin/sh\n", INTENT)
    assert (tmp_path / "precious").read_text() == "precious\n"


def test_wipe_without_anything_to_wipe(job_folder, script):
    job_folder.mkdir()
    wipe(str(job_folder), script)
    assert list(job_folder.iterdir()) == []


def test_shelve_leaves_the_claims(written, script):
    for name in (*NAMES, "job.claim.0123456789ab"):
        (written / name).write_text("old\n")
    shelve(str(written), script, f"{written}/job.retry/1")
    assert {path.name for path in written.iterdir()} == {"job.retry", "job.claim.0123456789ab"}
    assert {path.name for path in (written / "job.retry" / "1").iterdir()} == {
        *NAMES,
        "job.wrapped.fake",
    }


def test_shelve_again_after_a_crash_in_the_middle(written, script):
    (written / "job.rc").write_text("1\n")
    shelve(str(written), script, f"{written}/job.retry/1")
    shelve(str(written), script, f"{written}/job.retry/1")
    assert (written / "job.retry" / "1" / "job.rc").read_text() == "1\n"


def test_a_uid_does_not_truncate(written):
    # The script empties the lock at its end, which may be before the id is written.
    write_uid(str(written), "17")
    assert (written / "job.lock").read_text() == "17\n"


def test_clear_lock_twice(written):
    write_uid(str(written), "17")
    clear_lock(str(written))
    clear_lock(str(written))
    assert (written / "job.lock").read_text() == ""


def test_clear_lock_makes_none(written):
    clear_lock(str(written))
    assert not (written / "job.lock").exists()


def test_clear_lock_frees_no_inode(written):
    # Freed inodes make new files slow on ext4; see `clear_lock`.
    write_uid(str(written), "17")
    inode = (written / "job.lock").stat().st_ino
    clear_lock(str(written))
    assert (written / "job.lock").stat().st_ino == inode


def test_clear_lock_follows_no_link(written, tmp_path):
    (tmp_path / "precious").write_text("precious\n")
    (written / "job.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic"):
        clear_lock(str(written))
    assert (tmp_path / "precious").read_text() == "precious\n"


def test_a_status_of_many_lines_is_one_line(written):
    append_status(str(written), "FAILED LOST qacct says:\n  error\n\tno job\n")
    append_status(str(written), "KILLED")
    assert (written / "job.status").read_text() == (
        "FAILED LOST qacct says: error no job\nKILLED\n"
    )
