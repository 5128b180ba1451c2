"""The tree of errors: each has the one base, and is an error of Python's own where that fits."""

import pytest

import xqute
from xqute import Halted, XquteError

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


@pytest.mark.anyio
async def test_halted_says_which_job_failed_and_why(make):
    xqute_ = make(job_error_strategy="halt")
    job = await xqute_.push(["exit", 3])
    with pytest.raises(Halted, match=r"job 0 failed \(EXIT: exit status 3\)") as caught:
        await xqute_.run_until_complete()
    assert caught.value.job is job
    assert str(job.metadir) in str(caught.value)
