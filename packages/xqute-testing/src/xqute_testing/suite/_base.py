"""The base of all classes of the suite: their fixtures and marks."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import pytest

from xqute_testing._isolation import no_plugins
from xqute_testing.suite._capabilities import Capabilities
from xqute_testing.suite._stage import Stage
from xqute_testing.suite._under_test import UnderTest

#: Marks a quick test. Such tests are also repeated thousands of times to show that none is flaky.
quick = pytest.mark.xqute_quick


def needs(*capabilities: str) -> pytest.MarkDecorator:
    """Mark a test that needs capabilities, or fields of `System`."""
    return pytest.mark.xqute_needs(*capabilities)


class Suite:
    """Base of the classes of the suite. They need a fixture `under_test`.

    Attributes:
        capabilities: What the scheduler can do. Override it in the subclass.
    """

    pytestmark: ClassVar = [pytest.mark.anyio]
    capabilities: ClassVar[Capabilities] = Capabilities()

    @classmethod
    def _xqute_asks(cls, test: str) -> str:
        """Describe a test. The pytest plugin adds this to the report when the test fails."""
        owner = next(base for base in cls.__mro__ if test in vars(base))
        said = [inspect.getdoc(owner), test.replace("_", " "), inspect.getdoc(getattr(owner, test))]
        return "\n".join(text.partition("\n")[0] for text in said if text)

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Async tests run on asyncio, as xqute does."""
        return "asyncio"

    @pytest.fixture
    async def stage(
        self,
        request: pytest.FixtureRequest,
        under_test: UnderTest,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> AsyncIterator[Stage]:
        """The stage of a test. It skips the test if the scheduler lacks what the test needs."""
        for mark in request.node.iter_markers("xqute_needs"):
            for name in mark.args:
                if not self._has(name, under_test):
                    pytest.skip(f"the scheduler is said to have no {name!r}")
        folder = under_test.folder or tmp_path_factory.mktemp("stage")
        stage = Stage(under_test, self.capabilities, Path(folder))
        with no_plugins(), stage.commands.installed():
            yield stage
            await stage.clear()

    def _has(self, name: str, under_test: UnderTest) -> bool:
        if hasattr(self.capabilities, name):
            return bool(getattr(self.capabilities, name))
        return getattr(under_test.system, name) is not None
