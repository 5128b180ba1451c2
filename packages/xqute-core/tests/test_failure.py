"""The values that say why an attempt failed, and what it used."""

import dataclasses

import pytest

from xqute import Account, Failure, FailureKind, Usage


def test_a_failure_is_shown_with_its_kind():
    assert str(Failure(FailureKind.EXIT, "exit status 3")) == "EXIT: exit status 3"


def test_nothing_is_known_by_default():
    assert set(dataclasses.astuple(Usage())) == {None}
    assert (Account().failure, Account().usage) == (None, None)


@pytest.mark.parametrize("value", [Failure(FailureKind.LOST, ""), Usage(), Account()])
def test_they_cannot_be_changed(value):
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, None)
