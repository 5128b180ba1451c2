"""The clusters that the table runs on."""

import sys
from pathlib import Path

import pytest

from xqute_testing import FakeGridEngine

# The helpers of these tests are modules in this folder.
sys.path.insert(0, str(Path(__file__).parent))

from clusters import FIRST_JOB, FakeCluster, RealCluster


@pytest.fixture(scope="session")
def fake_cluster(tmp_path_factory):
    """The fake cell, as slow as the real one where that makes a difference."""
    as_slow = {"report_delay": 0.3, "restart_delay": 0.3}
    folder = tmp_path_factory.mktemp("cell")
    with FakeGridEngine(folder, **as_slow, first_job=FIRST_JOB, max_tasks=100_000) as engine:
        yield FakeCluster(engine)


@pytest.fixture(scope="session")
def real_cluster(gridengine_cell):
    """The cell of tests/clusters/gridengine.sh."""
    cluster = RealCluster()
    cluster.make_ready()
    return cluster
