"""Checks the options of the scheduler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xqute import InvalidType, InvalidValue
from xqute_testing.scripted._outcome import Outcome


def check_script(script: Any) -> Mapping[int, Outcome | Sequence[Outcome]]:
    """Return the outcomes by the indexes of jobs.

    Raises:
        InvalidType: A value has the wrong type.
    """
    if not isinstance(script, Mapping):
        raise InvalidType(f"script maps indexes of jobs to outcomes, as {{3: fails()}}: {script!r}")
    for index, outcomes in script.items():
        listed = [outcomes] if isinstance(outcomes, Outcome) else outcomes
        right = isinstance(listed, Sequence) and all(isinstance(how, Outcome) for how in listed)
        if type(index) is not int or not right:
            raise InvalidType(
                f"script has an outcome for a job, or a list with one for each attempt, as "
                f"{{3: [fails(), succeeds()]}}; not {index!r}: {outcomes!r}"
            )
    return dict(script)


def check_order(order: Any) -> tuple[int, ...]:
    """Return the indexes of the jobs that go first.

    Raises:
        InvalidType: The order is not a list of indexes.
        InvalidValue: An index is there twice.
    """
    if not isinstance(order, Sequence) or not all(type(index) is int for index in order):
        raise InvalidType(f"order is a list of indexes of jobs, as [2, 0], not {order!r}")
    if len(set(order)) != len(order):
        raise InvalidValue(f"a job is twice in the order {list(order)}")
    return tuple(order)
