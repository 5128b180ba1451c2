"""The tree of errors: each has the one base, and is an error of Python's own where that fits."""

import pytest

import xqute
from xqute import XquteError

ERRORS = [
    error
    for error in vars(xqute).values()
    if isinstance(error, type) and issubclass(error, Exception)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_each_has_the_base_and_a_docstring(error):
    assert issubclass(error, XquteError)
    assert error.__doc__


@pytest.mark.parametrize(
    ("error", "base"),
    [
        ("InvalidType", TypeError),
        ("InvalidValue", ValueError),
        ("NoRunningLoop", RuntimeError),
        ("RunEnded", RuntimeError),
        ("SchedulerNotFound", LookupError),
        ("SchedulerLoadError", ImportError),
        ("HookTimeout", TimeoutError),
        ("MetadirError", OSError),
        ("MetadirInUse", xqute.MetadirError),
        ("MetadirConflict", xqute.MetadirError),
        ("SchedulerUnavailable", xqute.SchedulerError),
        ("SubmitFailed", xqute.SchedulerError),
        ("SubmitDoubtful", xqute.SchedulerError),
        ("SubmitRejected", xqute.SchedulerError),
    ],
)
def test_what_else_it_is(error, base):
    assert issubclass(getattr(xqute, error), base)
