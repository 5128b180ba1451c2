"""xqute-sge keeps every promise of a scheduler, on the fake Grid Engine."""

from contextlib import contextmanager

import pytest

from xqute_testing.suite import Capabilities, SchedulerSuite, System, UnderTest

QUICK = {"min_interval": 0.1, "max_interval": 0.5, "submit_interval": 0.05, "result_grace": 1.0}


@pytest.fixture
def under_test(fake_gridengine):
    def number(uid):
        return int(uid.partition(".")[0])

    @contextmanager
    def hold():
        fake_gridengine.hold_dispatch()
        try:
            yield
        finally:
            fake_gridengine.release_dispatch()

    return UnderTest(
        "sge",
        options=fake_gridengine.commands,
        settings=QUICK,
        rejected={"sge_q": "no.such.queue"},
        system=System(
            hold=hold,
            lose=lambda uid: fake_gridengine.lose_job(number(uid)),
            rerun=lambda uid: fake_gridengine.reschedule(number(uid)),
        ),
    )


class TestSge(SchedulerSuite):
    capabilities = Capabilities(accounting=True, arrays=True, bulk=True, resources=True)
