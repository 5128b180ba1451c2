"""The suite, or one class of it, on the scheduler that the environment names."""

import os

import broken
import pytest
import reference

from xqute_testing import suite

MUTANT = os.environ.get("MUTANT")


@pytest.fixture
def under_test():
    if MUTANT is None:
        return suite.UnderTest(reference.Reference)
    return suite.UnderTest(getattr(broken, MUTANT), wait_limit=8)


class TestConformance(getattr(suite, os.environ.get("PROMISE", "SchedulerSuite"))):
    pass
