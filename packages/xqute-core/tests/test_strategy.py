"""What to do when a job fails."""

import pytest

from xqute import InvalidType, InvalidValue
from xqute._strategy import Strategy


@pytest.mark.parametrize(("name", "left"), [("ignore", 0), ("halt", 0), ("retry", 3)])
def test_only_retry_leaves_retries(name, left):
    assert Strategy(name, 3, 0.5).retries_left(0) == left


def test_retries_run_out():
    assert [Strategy("retry", 2, 0).retries_left(n) for n in range(4)] == [2, 1, 0, 0]


def test_the_delay_grows_and_is_bounded():
    strategy = Strategy("retry", 99, 0.5)
    assert [strategy.delay(n) for n in range(4)] == [0.5, 1.0, 2.0, 4.0]
    assert strategy.delay(50) == 300.0
    assert Strategy("retry", 99, 1000.0).delay(3) == 1000.0


def test_a_delay_of_zero_stays_zero():
    assert Strategy("retry", 9, 0).delay(5) == 0


def test_a_thousand_retries_are_no_trouble():
    assert Strategy("retry", 9999, 0.5).delay(5000) == 300.0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("again", 3, 0.5), InvalidValue),
        ((None, 3, 0.5), InvalidValue),
        (("retry", -1, 0.5), InvalidValue),
        (("retry", True, 0.5), InvalidType),
        (("retry", 1.5, 0.5), InvalidType),
        (("retry", 1, -0.5), InvalidValue),
        (("retry", 1, float("nan")), InvalidValue),
        (("retry", 1, "soon"), InvalidType),
    ],
)
def test_bad_values(arguments, error):
    with pytest.raises(error):
        Strategy(*arguments)


def test_the_error_names_the_three():
    with pytest.raises(ValueError, match="'ignore', 'retry' and 'halt'"):
        Strategy("again", 3, 0.5)
