"""Runs in the test's process: the class that a test uses, and how it talks to its qmaster."""

from xqute_testing.gridengine.api._fake_grid_engine import Call as Call
from xqute_testing.gridengine.api._fake_grid_engine import FakeGridEngine as FakeGridEngine
