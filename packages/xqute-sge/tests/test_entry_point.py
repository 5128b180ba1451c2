"""The scheduler is found by its name."""

from importlib.metadata import entry_points

from xqute import get_scheduler
from xqute.schedulers.sge import SgeJob, SgeScheduler


def test_the_scheduler_is_found_by_its_name():
    assert "sge" in entry_points(group="xqute.schedulers").names
    assert get_scheduler("sge") is SgeScheduler
    assert SgeScheduler.job_class is SgeJob
