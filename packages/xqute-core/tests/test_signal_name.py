"""The names of signals, those without a name in Python among them."""

import signal

import pytest

from xqute import signal_name


@pytest.mark.parametrize(
    ("number", "name"), [(9, "SIGKILL"), (15, "SIGTERM"), (40, "signal 40"), (99, "signal 99")]
)
def test_a_name(number, name):
    assert signal_name(number) == name


def test_every_signal_of_this_system_has_a_name():
    assert all(signal_name(number) for number in signal.valid_signals())
