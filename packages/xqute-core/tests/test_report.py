"""What the files of an attempt say, whatever state they are in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xqute import FailureKind
from xqute._report import read_report, read_usage


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def report(folder, *, over=False):
    return read_report(str(folder), f"{folder}/job.claim.1", over=over)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_rubbish_is_never_an_error(tmp_path_factory, rc, status):
    folder = tmp_path_factory.mktemp("job")
    (folder / "job.rc").write_bytes(rc)
    (folder / "job.status").write_bytes(status)
    for over in (False, True):
        seen = report(folder, over=over)
        assert seen.rc is None or 0 <= seen.rc < 256


def test_an_empty_folder_has_not_started(folder):
    seen = report(folder)
    assert (seen.rc, seen.started, seen.failure) == (None, False, None)


@pytest.mark.parametrize("file", ["job.claim.1", "job.status"])
def test_the_claim_or_a_status_says_that_it_started(folder, file):
    (folder / file).write_text("RUNNING\n")
    seen = report(folder)
    assert (seen.rc, seen.started, seen.failure) == (None, True, None)


def test_the_claim_of_another_attempt_says_nothing(folder):
    (folder / "job.claim.2").touch()
    assert not report(folder).started


def test_success(folder):
    (folder / "job.rc").write_text("0\n")
    seen = report(folder)
    assert (seen.rc, seen.started, seen.failure) == (0, True, None)


def test_never_started_with_its_reason(folder):
    (folder / "job.claim.1").touch()
    (folder / "job.status").write_text("FAILED NEVER_STARTED cannot enter the folder\n")
    seen = report(folder)
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
def test_a_failure_says_why(folder, rc, status, kind, shown):
    (folder / "job.rc").write_text(f"{rc}\n")
    (folder / "job.status").write_text(f"RUNNING\n0m0.1s 0m0.1s\n0m0.1s 0m0.1s\n{status}\n")
    seen = report(folder)
    assert (seen.rc, seen.started) == (rc, True)
    assert seen.failure.kind is kind
    assert shown in seen.failure.detail


def test_usage(folder):
    (folder / "job.claim.1").touch()
    (folder / "job.status").write_text("RUNNING\n0m0.25s 0m0.25s\n1m1.5s 0m1.00s\nFINISHED\n")
    (folder / "job.rc").write_text("0\n")
    usage = read_usage(str(folder), f"{folder}/job.claim.1")
    assert usage.cpu == 0.25 + 0.25 + 61.5 + 1.0
    assert 0 <= usage.wall < 10


def test_no_usage_without_an_end(folder):
    (folder / "job.claim.1").touch()
    assert read_usage(str(folder), f"{folder}/job.claim.1") is None


def test_no_processor_time_where_the_script_has_not_told(folder):
    (folder / "job.claim.1").touch()
    (folder / "job.status").write_text("RUNNING\nFINISHED\n")
    (folder / "job.rc").write_text("0\n")
    assert read_usage(str(folder), f"{folder}/job.claim.1").cpu is None
