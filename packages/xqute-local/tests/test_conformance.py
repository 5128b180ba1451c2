"""xqute-local keeps every promise of a scheduler."""

import pytest

from xqute_testing.suite import Capabilities, SchedulerSuite, UnderTest


@pytest.fixture
def under_test():
    return UnderTest("local")


class TestLocal(SchedulerSuite):
    # It runs no commands that could fail.
    capabilities = Capabilities(accounting=True, bulk=True, commands=False)
