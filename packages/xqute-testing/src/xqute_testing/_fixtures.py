"""The fixture that starts a fake Grid Engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from xqute_testing.gridengine.api import FakeGridEngine


@pytest.fixture
def fake_gridengine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGridEngine]:
    """A fake Grid Engine for one test. It leaves nothing behind after the test."""
    folder: Path = tmp_path_factory.mktemp("gridengine")
    with FakeGridEngine(folder) as engine:
        yield engine
    folder.rmdir()
