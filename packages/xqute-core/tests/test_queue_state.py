"""What a scheduler says of a job that it was given."""

import dataclasses

import pytest

from xqute import InError, QueueState


def test_an_error_is_told_by_its_reason():
    assert InError("Eqw: no such folder") == InError("Eqw: no such folder")
    assert InError("a") != InError("b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        InError("a").reason = "b"


def test_an_error_is_none_of_the_states():
    assert InError("GONE") not in set(QueueState)
    assert [state.name for state in QueueState] == ["PENDING", "RUNNING", "GONE"]
