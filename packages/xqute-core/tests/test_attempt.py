"""One attempt at a job, and what the next one keeps of it."""

from xqute import Failure, FailureKind, Usage
from xqute._attempt import FIRST_ATTEMPT, Attempt

FAILED = (
    FIRST_ATTEMPT.with_token("ab")
    .with_uid("17")
    .with_usage(Usage(wall=1.0))
    .ended(3, Failure(FailureKind.EXIT, "exit status 3"))
)


def test_nothing_is_known_of_the_first():
    assert Attempt(0, "", None, None, None, None, {}, {}, resumed=False) == FIRST_ATTEMPT


def test_each_step_changes_what_it_is_about():
    assert (
        Attempt(0, "ab", "17", 3, Failure(FailureKind.EXIT, "exit status 3"), Usage(wall=1.0))
        == FAILED
    )
    assert FIRST_ATTEMPT.token == ""


def test_the_next_one_knows_nothing_of_how_this_one_ended():
    assert FAILED.next({}, {}) == Attempt(1)


def test_the_next_one_keeps_whether_a_former_run_began_it():
    assert FAILED._replace(resumed=True).next({}, {}).resumed


def test_options_that_were_replaced_stay_replaced():
    second = FAILED.next({"q": "short", "h_vmem": 1}, {"q": "short", "h_vmem": "1"})
    assert second.next({}, {})[6:8] == second[6:8]
    third = second.next({"h_vmem": 2}, {"h_vmem": "2"})
    assert third.options == {"q": "short", "h_vmem": 2}
    assert third.given_options == {"q": "short", "h_vmem": "2"}


def test_one_that_was_not_submitted_may_keep_its_script():
    taken_up = FIRST_ATTEMPT.with_token("ab").with_uid("17")._replace(resumed=True)
    assert taken_up.unsubmitted(keep_token=True) == Attempt(token="ab")
    assert taken_up.unsubmitted(keep_token=False) == Attempt()
