"""The qmaster goes down, comes back, freezes and thaws."""

import subprocess
from pathlib import Path

import pytest


def lives(pid):
    return Path(f"/proc/{pid}").exists()


def test_the_qmaster_is_down(shell, engine):
    job = shell.submit("-o", "/dev/null", "sleep", "60")
    with engine.qmaster_down():
        down = 'unable to send message to qmaster using port 6444 on host "node1": got send error\n'
        refused = "error: commlib error: got select error (Connection refused)\n"
        qsub = shell("qsub", "-b", "y", "true")
        assert (qsub.returncode, qsub.stdout) == (1, "")
        assert qsub.stderr == f"{refused}Unable to run job: {down}Exiting.\n"
        qstat = shell("qstat", "-u", "x", "-xml")
        assert (qstat.returncode, qstat.stdout, qstat.stderr) == (1, "", f"{refused}error: {down}")
        qdel = shell("qdel", "1")
        assert (qdel.returncode, qdel.stdout, qdel.stderr) == (1, down, refused)
        xml = shell("qstat", "-j", "1", "-xml")
        assert (xml.returncode, xml.stderr) == (0, refused)
        assert "<comunication_error >" in xml.stdout
        assert shell("qrls", "1").returncode == 11
        assert "no jobs running since startup" in shell("qacct", "-j", "1").stdout
    assert engine.jobs() == [job]


def test_jobs_that_end_while_it_is_down_are_reported_when_it_is_back(shell, engine, wait_until):
    job = shell.submit("-N", "j", script="until [ -e go ]; do sleep 0.01; done; echo over >over\n")
    waiting = shell.submit("-hold_jid", "j", "true")
    pid = engine.pids(job)[1]
    with engine.qmaster_down():
        (shell.folder / "go").touch()
        wait_until(lambda: not lives(pid))
        assert engine.states(job) == {1: "r"}
        assert engine.states(waiting) == {1: "hqw"}
    engine.wait_for(waiting, None)
    assert shell.account(job) == [(0, 0)]


def test_it_is_back_after_a_while(shell, engine):
    engine.stop_clock()
    engine.stop_qmaster(seconds=30)
    assert shell("qstat").returncode == 1
    engine.advance(29)
    assert shell("qstat").returncode == 1
    engine.advance(1)
    assert shell("qstat").returncode == 0


def test_a_frozen_qmaster_does_later_what_it_was_asked(shell, engine):
    engine.freeze_qmaster()
    with shell.start("qsub", "-h", "-b", "y", "true") as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(0.2)
        assert engine.jobs() == []
        engine.thaw_qmaster()
        assert waiting.communicate(timeout=10)[0].startswith("Your job 1 ")
