"""The process of the qmaster, as the test sees it."""

import os
import signal

import pytest

from xqute_testing import FakeGridEngine


def test_a_cell_that_dies_says_so(tmp_path):
    engine = FakeGridEngine(tmp_path / "cell")
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="has ended"):
        engine.close()
