import subprocess

import pytest

from xqute_testing.suite import Capabilities, SchedulerSuite, UnderTest


@pytest.fixture
def under_test(tmp_path, monkeypatch):
    # A queue for each test, with room for many jobs.
    monkeypatch.setenv("TS_SOCKET", str(tmp_path / "socket"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TS_SLOTS", "16")
    yield UnderTest("tsp", settings={"min_interval": 0.05}, rejected={"slots": 17})
    subprocess.run(["tsp", "-K"], check=True)


class TestTsp(SchedulerSuite):
    capabilities = Capabilities(bulk=True, resources=True)
