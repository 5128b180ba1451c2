"""Daemons that are away: no job changes its state meanwhile, and all end correctly afterwards."""

import os
import signal
import time
from collections import Counter

import pytest

# Seconds that the qmaster is away, as in a restart or in a busy hour.
AWAY = 60
# Seconds that one command may take: a fifth of the scheduler's call_timeout.
LIMIT = 4.0
QUICK = {"call_timeout": 5 * LIMIT, "max_interval": 4.0}


def statuses(jobs):
    return Counter(job["status"] for job in jobs)


@pytest.fixture
def restored(cell):
    yield
    cell.up()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", ["stopped", "hanging"])
def test_a_qmaster_that_is_away_for_a_minute(cell, many_controllers, restored, how):
    """One program is in the middle of its run, one starts, and one kills its jobs."""
    middle, begins, kills = many_controllers(3)
    for controller in (middle, begins, kills):
        controller.set |= QUICK
    middle.options["scheduler_forks"] = 8
    for index in range(16):
        middle.push("sh", "-c", f"sleep 3; exit {index % 2}")
    begins.push("true")
    for _ in range(3):
        kills.push("sleep", "300")
    middle.start()
    kills.start()
    middle.claim(0)
    kills.claim(2)
    if how == "stopped":
        cell.stop("sge_qmaster")
    else:
        os.kill(cell.pid("sge_qmaster"), signal.SIGSTOP)
    back = time.monotonic() + AWAY
    begins.start()
    kills.process.send_signal(signal.SIGINT)
    while time.monotonic() < back:
        for hook in ("failed", "killed", "succeeded"):
            assert not middle.events(hook) + begins.events(hook) + kills.events(hook)
        time.sleep(1)
    if how == "stopped":
        cell.up()
    else:
        os.kill(cell.pid("sge_qmaster"), signal.SIGCONT)
    assert [job["rc"] for job in middle.finish(100)] == [0, 1] * 8
    assert statuses(begins.finish(100)) == {"FINISHED": 1}
    assert statuses(kills.finish(100)) == {"KILLED": 3}
    cell.wait_for(cell.empty)
    assert "does not answer" in middle.log()
    assert "1 job could not be submitted" in begins.log()
    assert "3 jobs could not be killed" in kills.log()
    said = "Connection refused" if how == "stopped" else f"did not answer within {LIMIT:g} s"
    for controller in (middle, begins, kills):
        assert said in controller.log()


@pytest.mark.timeout(150)
def test_an_execd_that_is_restarted(cell, controller, restored):
    for _ in range(4):
        controller.push("sleep", "6")
    controller.start()
    controller.claim(3)
    cell.stop("sge_execd")
    cell.up()
    # A new execd checks the jobs that it finds once a minute.
    assert statuses(controller.finish(110)) == {"FINISHED": 4}


@pytest.mark.timeout(150)
def test_a_host_that_loses_its_power(cell, controller, restored):
    """A job that may run again does so when the host is back; the other job is lost."""
    again = f"echo run >>'{controller.folder}/ledger'; sleep 3"
    controller.push("sh", "-c", again, sge_r="y")
    controller.push("sh", "-c", again)
    controller.start()
    controller.claim(0)
    controller.claim(1)
    cell.wait_for(lambda: len(controller.ledger()) == 2)
    cell.cut_power()
    cell.up()
    followed, lost = controller.finish(110)
    assert (followed["status"], followed["trial_count"]) == ("FINISHED", 0)
    assert (lost["status"], lost["kind"]) == ("FAILED", "LOST")
    assert "failed 19" in lost["detail"]
    assert controller.ledger() == ["run"] * 3
