"""Accounting records that may not be read: jobs fail without them, and not later."""

import os
import signal
import time

import pytest

# Seconds: the controller's result_grace, three intervals, and the time that the cell needs.
BOUND = 25


@pytest.fixture
def forbidden(cell):
    """Only the administrator may read the accounting records."""
    mode = cell.accounts.stat().st_mode
    cell.accounts.chmod(0o600)
    yield
    cell.accounts.chmod(mode)


def test_accounts_that_may_not_be_read_hold_nothing_up(cell, controller, forbidden):
    # The controllers of the tests may read everything, so this command takes that right away.
    plain = "setpriv --ambient-caps -all --inh-caps -all"
    said = controller.folder / "said"
    controller.replace("qacct", f"{plain} {cell.which('qacct')} \"$@\" 2>>'{said}'")
    controller.push("sleep", "60")
    controller.push("sleep", "60", sge_h=True)
    controller.push("true")
    controller.start()
    controller.uid(1)
    os.kill(int(controller.claim(0)["pid"]), signal.SIGKILL)
    cell.ask("qdel", controller.uid(1))
    began = time.monotonic()
    lost, deleted, true = controller.finish()
    assert time.monotonic() - began < BOUND
    assert (lost["status"], lost["kind"]) == ("FAILED", "LOST")
    assert "it started and left no result" in lost["detail"]
    assert (deleted["status"], deleted["kind"]) == ("FAILED", "NEVER_STARTED")
    assert true["status"] == "FINISHED"
    assert f"unable to open {cell.accounts}" in said.read_text()
