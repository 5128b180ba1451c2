"""What pytest finds by itself when the distribution is installed: fixtures, isolation, marks.

xqute is imported by the first test, not before: pytest loads this at its start, and coverage would
miss what happens at that import.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from xqute_testing._fixtures import fake_gridengine as fake_gridengine
from xqute_testing._isolation import no_plugins, plugins_restored

if TYPE_CHECKING:
    from xqute_testing._recorder import Recorder

# Else an assert of the suite would say nothing of what it compared.
pytest.register_assert_rewrite("xqute_testing.suite")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks of the suite known."""
    for mark in (
        "xqute_quick: a test of the conformance suite that takes just a moment",
        "xqute_needs(*names): a test of the conformance suite that needs capabilities",
    ):
        config.addinivalue_line("markers", mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have each test of the suite that fails say what it is about, whatever it fails with."""
    report = yield
    if report.failed and isinstance(item, pytest.Function) and hasattr(item.cls, "_xqute_asks"):
        report.sections.append(("What the suite asks for", item.cls._xqute_asks(item.originalname)))
    return report


@pytest.fixture(autouse=True)
def _hook_plugins_restored() -> Iterator[None]:
    """A hook plugin that a test registers, or turns off, is as before in the next one."""
    with plugins_restored():
        yield


@pytest.fixture
def no_hook_plugins() -> Iterator[None]:
    """No hook plugin that is registered or installed is called in this test."""
    with no_plugins():
        yield


@pytest.fixture
def recorder() -> Recorder:
    """A hook plugin that records all calls: give it to `Xqute(plugins=[recorder])`."""
    from xqute_testing._recorder import Recorder

    return Recorder()
