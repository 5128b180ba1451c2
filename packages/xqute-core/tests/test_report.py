"""What the files of an attempt say, whatever state they are in."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xqute import FailureKind
from xqute._claim import take_claim
from xqute._report import read_report, read_usage


@pytest.fixture
def job_folder(tmp_path):
    return tmp_path


def report(job_folder, **more):
    return read_report(str(job_folder), f"{job_folder}/job.claim.1", **more)


def usage(job_folder):
    return read_usage(str(job_folder), f"{job_folder}/job.claim.1")


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_rubbish_is_never_an_error(tmp_path_factory, rc, status):
    job_folder = tmp_path_factory.mktemp("job")
    (job_folder / "job.rc").write_bytes(rc)
    (job_folder / "job.status").write_bytes(status)
    for over in (False, True):
        seen = report(job_folder, over=over)
        assert seen.rc is None or 0 <= seen.rc < 256


def test_an_empty_folder_has_not_started(job_folder):
    seen = report(job_folder)
    assert (seen.rc, seen.started, seen.failure) == (None, False, None)


@pytest.mark.parametrize("file", ["job.claim.1", "job.status"])
def test_the_claim_or_a_status_says_that_it_started(job_folder, file):
    (job_folder / file).write_text("RUNNING\n")
    seen = report(job_folder)
    assert (seen.rc, seen.started, seen.failure) == (None, True, None)


def test_the_claim_of_another_attempt_says_nothing(job_folder):
    (job_folder / "job.claim.2").touch()
    assert not report(job_folder).started


def test_success(job_folder):
    (job_folder / "job.rc").write_text("0\n")
    seen = report(job_folder)
    assert (seen.rc, seen.started, seen.failure) == (0, True, None)


def test_never_started_with_its_reason(job_folder):
    (job_folder / "job.claim.1").touch()
    (job_folder / "job.status").write_text("FAILED NEVER_STARTED cannot enter the folder\n")
    seen = report(job_folder)
    assert (seen.rc, seen.started) == (None, False)
    assert seen.failure.kind is FailureKind.NEVER_STARTED
    assert seen.failure.detail == "cannot enter the folder"


@pytest.mark.parametrize(
    ("rc", "status", "kind", "shown"),
    [
        (3, "FAILED", FailureKind.EXIT, "exit status 3"),
        (3, "", FailureKind.EXIT, "exit status 3"),
        (128, "FAILED", FailureKind.EXIT, "exit status 128"),
        (137, "FAILED", FailureKind.SIGNAL, "SIGKILL"),
        (143, "FAILED caught TERM", FailureKind.SIGNAL, "caught TERM"),
        (143, "FAILED TIMEOUT", FailureKind.TIMEOUT, "143"),
        (1, "FAILED TIMEOUT", FailureKind.TIMEOUT, "exit status 1"),
        (255, "FAILED", FailureKind.EXIT, "exit status 255"),
    ],
)
def test_a_failure_says_why(job_folder, rc, status, kind, shown):
    (job_folder / "job.rc").write_text(f"{rc}\n")
    (job_folder / "job.status").write_text(f"RUNNING\n0m0.1s 0m0.1s\n0m0.1s 0m0.1s\n{status}\n")
    seen = report(job_folder)
    assert (seen.rc, seen.started) == (rc, True)
    assert seen.failure.kind is kind
    assert shown in seen.failure.detail


def test_usage(job_folder):
    (job_folder / "job.claim.1").touch()
    (job_folder / "job.status").write_text("RUNNING\n0m0.25s 0m0.25s\n1m1.5s 0m1.00s\nFINISHED\n")
    (job_folder / "job.rc").write_text("0\n")
    used = usage(job_folder)
    assert used.cpu == 0.25 + 0.25 + 61.5 + 1.0
    assert 0 <= used.wall < 10


def test_no_usage_without_an_end(job_folder):
    (job_folder / "job.claim.1").touch()
    assert usage(job_folder) is None


def test_no_processor_time_where_the_script_has_not_told(job_folder):
    (job_folder / "job.claim.1").touch()
    (job_folder / "job.status").write_text("RUNNING\nFINISHED\n")
    (job_folder / "job.rc").write_text("0\n")
    assert usage(job_folder).cpu is None


def test_only_the_times_right_before_the_last_status_count(job_folder):
    (job_folder / "job.claim.1").touch()
    (job_folder / "job.status").write_text("RUNNING\n9m9s 9m9s\n0m1s 0m2s\n0m3s 0m4s\nFINISHED\n")
    (job_folder / "job.rc").write_text("0\n")
    assert usage(job_folder).cpu == 10.0


@pytest.mark.parametrize(("end", "wall"), [(107.5, 7.5), (100.5, 0.5), (99.0, 0.0)])
def test_wall_time_is_from_the_claim_to_the_rc_and_not_below_zero(job_folder, end, wall):
    (job_folder / "job.claim.1").touch()
    (job_folder / "job.rc").write_text("0\n")
    os.utime(job_folder / "job.claim.1", (0, 100.0))
    os.utime(job_folder / "job.rc", (0, end))
    assert usage(job_folder).wall == wall


@pytest.mark.parametrize(
    ("status", "timed", "kind"),
    [
        ("FAILED TIMEOUT", True, FailureKind.TIMEOUT),
        ("FAILED TIMEOUT caught TERM", True, FailureKind.TIMEOUT),
        ("FINISHED", True, None),
        ("FAILED EXIT", True, None),
        ("XFAILED TIMEOUT", True, None),
        ("", True, None),
        # It can't have run into a timeout, so that its status is not even read.
        ("FAILED TIMEOUT", False, None),
    ],
)
def test_a_success_of_a_job_with_a_timeout(job_folder, status, timed, kind):
    (job_folder / "job.rc").write_text("0\n")
    (job_folder / "job.status").write_text(f"RUNNING\n{status}\n")
    seen = report(job_folder, timed=timed)
    assert (seen.rc, seen.started) == (0, True)
    assert (seen.failure and seen.failure.kind) is kind


def test_a_job_is_taken_to_have_no_timeout(job_folder):
    (job_folder / "job.rc").write_text("0\n")
    (job_folder / "job.status").write_text("FAILED TIMEOUT\n")
    assert report(job_folder).failure is None


def test_a_result_without_its_newline_counts_only_when_the_attempt_is_over(job_folder):
    (job_folder / "job.rc").write_text("3")
    assert (report(job_folder).rc, report(job_folder, over=True).rc) == (None, 3)


def test_never_started_without_a_reason(job_folder):
    (job_folder / "job.status").write_text("FAILED NEVER_STARTED\n")
    assert report(job_folder).failure.detail == "the wrapped script gives no reason"


def test_a_claim_that_the_controller_has_taken_says_that_it_will_not_start(job_folder):
    take_claim(f"{job_folder}/job.claim.1")
    assert report(job_folder) == (None, False, None)


@pytest.mark.parametrize("file", ["job.rc", "job.status"])
def test_files_that_cannot_be_read_are_a_failure(job_folder, file):
    (job_folder / file).mkdir()
    seen = report(job_folder)
    assert (seen.rc, seen.started, seen.failure.kind) == (None, True, FailureKind.LOST)
    assert seen.failure.detail.startswith("its result can't be read: ")
