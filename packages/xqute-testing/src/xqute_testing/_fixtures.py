"""The fixtures, which pytest finds by itself when the distribution is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from xqute_testing.gridengine.api import FakeGridEngine


@pytest.fixture
def fake_gridengine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGridEngine]:
    """A Grid Engine for one test; nothing of it is left after the test."""
    folder: Path = tmp_path_factory.mktemp("gridengine")
    with FakeGridEngine(folder) as engine:
        yield engine
    folder.rmdir()
