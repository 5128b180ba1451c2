"""The pytest plugin: fixtures, marks, and the isolation of hook plugins between tests.

pytest loads it at its start, when the distribution is installed. It must not import xqute then,
since coverage would miss the lines that run during that import.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from xqute_testing._fixtures import fake_gridengine as fake_gridengine
from xqute_testing._isolation import no_plugins, plugins_restored

if TYPE_CHECKING:
    from xqute_testing._recorder import Recorder

# Without this, a failing assert of the suite would not show the values that it compared.
pytest.register_assert_rewrite("xqute_testing.suite")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks of the suite."""
    for mark in (
        "xqute_quick: a quick test of the conformance suite",
        "xqute_needs(*names): a test of the conformance suite that needs capabilities",
    ):
        config.addinivalue_line("markers", mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test of the suite what the test is about."""
    report = yield
    if report.failed and isinstance(item, pytest.Function) and hasattr(item.cls, "_xqute_asks"):
        report.sections.append(("What the suite asks for", item.cls._xqute_asks(item.originalname)))
    return report


@pytest.fixture(autouse=True)
def _hook_plugins_restored() -> Iterator[None]:
    """Undo at the end of a test what it has changed about the registered hook plugins."""
    with plugins_restored():
        yield


@pytest.fixture
def no_hook_plugins() -> Iterator[None]:
    """Call no registered or installed hook plugin in this test."""
    with no_plugins():
        yield


@pytest.fixture
def recorder() -> Recorder:
    """A hook plugin that records all calls; use it with `Xqute(plugins=[recorder])`."""
    from xqute_testing._recorder import Recorder

    return Recorder()
