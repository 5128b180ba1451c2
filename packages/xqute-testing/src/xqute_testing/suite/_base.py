"""What all classes of the suite share: their fixtures, and how they ask for a capability."""

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

#: A test that takes a moment, whose repetitions by the thousand are to show no flake.
quick = pytest.mark.xqute_quick


def needs(*capabilities: str) -> pytest.MarkDecorator:
    """Mark a test that needs capabilities, or fields of `System`, to be there."""
    return pytest.mark.xqute_needs(*capabilities)


class Suite:
    """Base of the classes of the suite: a fixture `under_test` is all that they need.

    Attributes:
        capabilities: What the scheduler can do; override it in the subclass.
    """

    pytestmark: ClassVar = [pytest.mark.anyio]
    capabilities: ClassVar[Capabilities] = Capabilities()

    @classmethod
    def _xqute_asks(cls, test: str) -> str:
        """Return what a test asks for: the plugin for pytest shows it when the test fails."""
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
        """Where a test takes place; it is skipped when it needs more than there is."""
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
