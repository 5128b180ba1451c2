"""The cell's clock runs timers in order, and every date comes from it."""

import pytest

from xqute_testing.gridengine.qmaster._clock import Clock


def test_what_is_due_is_done_in_its_order_and_at_its_time():
    clock, done = Clock(), []
    clock.stop()
    begin = clock.now()
    clock.call_in(20, lambda: done.append(("late", clock.now() - begin)))
    clock.call_in(10, lambda: done.append(("soon", clock.now() - begin)))
    clock.call_in(15, lambda: done.append("never")).cancel()
    assert clock.wait() is None
    clock.advance(25)
    assert done == [("soon", pytest.approx(10)), ("late", pytest.approx(20))]
    assert clock.now() == begin + 25


def test_dates_are_those_of_the_clock(shell, engine):
    engine.advance(365.25 * 24 * 3600)
    engine.stop_clock()
    now = engine.now()
    shell.submit("-h", "true")
    xml = shell("qstat", "-j", "1", "-xml").stdout
    assert f"<JB_submission_time>{int(now)}</JB_submission_time>" in xml
    engine.start_clock()
    assert now <= engine.now() < now + 10
