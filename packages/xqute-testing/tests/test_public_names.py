"""The public names. A name that is added or removed must be changed here too."""

import importlib

import pytest

NAMES = {
    "xqute_testing": """
        Call FakeGridEngine HookCall Recorder fake_gridengine no_hook_plugins recorder
    """,
    "xqute_testing.scripted": "Outcome ScriptedScheduler fails killed runs succeeds",
    "xqute_testing.suite": """
        Arguments Bounds Capabilities Costs Doubts Environment ExitStatuses Halts Kills OddPaths
        Outages Outputs Retries SchedulerSuite States System TakesUp UnderTest Vanishes
    """,
}


@pytest.mark.parametrize("module", NAMES)
def test_these_are_all_names(module):
    assert sorted(importlib.import_module(module).__all__) == NAMES[module].split()


@pytest.mark.parametrize("module", NAMES)
def test_each_is_there_and_says_what_it_is(module):
    found = importlib.import_module(module)
    assert [name for name in found.__all__ if not getattr(found, name).__doc__] == []


def test_what_is_not_there_is_an_attribute_error():
    import xqute_testing

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        xqute_testing.nothing  # noqa: B018
