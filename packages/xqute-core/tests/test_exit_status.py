"""The failure that an exit status stands for."""

import pytest

from xqute import FailureKind
from xqute._exit_status import failure_of_status
from xqute._signal_name import LAST_SIGNAL


@pytest.mark.parametrize("rc", [1, 99, 128, 128 + LAST_SIGNAL + 1, 255])
def test_a_status_that_is_no_signal(rc):
    failure = failure_of_status(rc)
    assert failure.kind is FailureKind.EXIT
    assert failure.detail == f"exit status {rc}"


@pytest.mark.parametrize("number", [1, LAST_SIGNAL])
def test_the_first_and_the_last_signal_are_signals(number):
    assert failure_of_status(128 + number).kind is FailureKind.SIGNAL


def test_a_signal_is_named():
    failure = failure_of_status(137)
    assert failure.kind is FailureKind.SIGNAL
    assert failure.detail == "SIGKILL; exit status 137"


def test_a_real_time_signal_is_a_signal():
    failure = failure_of_status(128 + 40)
    assert failure.kind is FailureKind.SIGNAL
    assert failure.detail == "signal 40; exit status 168"


def test_what_the_script_adds_is_shown():
    assert failure_of_status(143, "caught TERM").detail == "SIGTERM; exit status 143 (caught TERM)"


@pytest.mark.parametrize("note", ["TIMEOUT", "TIMEOUT caught TERM"])
def test_a_timeout_counts_whatever_the_status_is(note):
    assert failure_of_status(143, note).kind is FailureKind.TIMEOUT
    assert failure_of_status(3, note).kind is FailureKind.TIMEOUT
