"""xqute-sge keeps every promise of a scheduler, on the real cell."""

from contextlib import contextmanager

import pytest

from xqute_testing.suite import Capabilities, SchedulerSuite, System, UnderTest

pytestmark = pytest.mark.timeout(90)
QUICK = {"min_interval": 0.1, "max_interval": 0.5, "submit_interval": 0.1, "result_grace": 1.0}


@pytest.fixture
def under_test(cell):
    @contextmanager
    def hold():
        cell.ask("qmod", "-d", "all.q")
        try:
            yield
        finally:
            cell.ask("qmod", "-e", "all.q")

    yield UnderTest(
        "sge",
        options={"sge_r": "y"},
        settings=QUICK,
        rejected={"sge_q": "no.such.queue"},
        wait_limit=40,
        system=System(hold=hold, rerun=lambda uid: cell.ask("qmod", "-rj", uid)),
    )
    cell.ask("qdel", "-u", "root")


class TestSge(SchedulerSuite):
    capabilities = Capabilities(accounting=True, arrays=True, bulk=True, resources=True)
