"""The next calls of a command fail, hang or are cut, as planned."""

import subprocess

import pytest


def test_the_next_submissions_fail(shell, engine):
    engine.fail_next("qsub", times=2, stderr="no\n", status=25)
    ends = [shell("qsub", "-h", "-b", "y", "true") for _ in range(3)]
    assert [(end.returncode, end.stderr) for end in ends] == [(25, "no\n"), (25, "no\n"), (0, "")]
    assert engine.jobs() == [1]


def test_faults_come_one_after_the_other(shell, engine):
    engine.fail_next("qstat", status=3)
    engine.fail_next("qstat", status=4, stdout="half")
    ends = [shell("qstat") for _ in range(3)]
    assert [(end.returncode, end.stdout) for end in ends] == [(3, ""), (4, "half"), (0, "")]


def test_the_next_submission_is_accepted_and_fails(shell, engine):
    engine.accept_but_fail_next("qsub")
    ended = shell("qsub", "-h", stdin="true\n")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Unable to run job" in ended.stderr
    assert engine.states(1) == {1: "hqw"}
    assert shell.submit("-h", "true") == 2


def test_the_next_command_hangs_until_it_is_killed(shell, engine):
    engine.hang_next("qsub")
    with shell.start("qsub", "-h", "-b", "y", "true") as hanging:
        with pytest.raises(subprocess.TimeoutExpired):
            hanging.wait(0.2)
        assert shell("qstat").stdout == ""
        assert [call.status for call in engine.calls("qsub")] == [None]
        hanging.kill()
    assert shell.submit("-h", "true") == 1


def test_the_next_submission_is_accepted_and_hangs(shell, engine, wait_until):
    engine.accept_but_hang_next("qsub")
    with shell.start("qsub", "-h", "-b", "y", "true") as hanging:
        wait_until(engine.jobs)
        assert hanging.poll() is None
        hanging.kill()
    assert engine.states(1) == {1: "hqw"}


def test_qstat_prints_half(shell, engine):
    shell.submit("-h", "true")
    whole = shell("qstat", "-xml")
    engine.cut_next("qstat", keep=0.25, status=0)
    half = shell("qstat", "-xml")
    assert half.returncode == 0
    assert half.stdout == whole.stdout[: len(whole.stdout) // 4]
    assert shell("qstat", "-xml").stdout == whole.stdout
