"""Every fault comes when it is asked for, and as it does on a real cell."""

import subprocess
from pathlib import Path

import pytest

from xqute_testing import FakeGridEngine

# --- commands ---


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


# --- the qmaster ---


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


# --- jobs ---


def lives(pid):
    return Path(f"/proc/{pid}").exists()


def test_a_waiting_job_vanishes(shell, engine):
    job = shell.submit("-h", "true")
    engine.lose_job(job)
    assert shell("qstat", "-j", str(job)).returncode == 1
    assert shell.account(job) == []


def test_a_running_job_vanishes_with_its_processes(shell, engine, wait_until):
    job = shell.submit("sleep", "60")
    pid = engine.pids(job)[1]
    engine.lose_job(job)
    wait_until(lambda: not lives(pid))
    assert engine.states(job) == {}
    assert shell.account(job) == []


def test_a_running_job_vanishes_and_its_processes_go_on(shell, engine, wait_until):
    script = "until [ -e go ]; do sleep 0.01; done; echo over >over\n"
    job = shell.submit(script=script)
    pid = engine.pids(job)[1]
    engine.lose_job(job, leave_processes=True)
    assert engine.states(job) == {}
    other = shell.submit("true")
    engine.wait_for(other, None)
    assert lives(pid)
    (shell.folder / "go").touch()
    wait_until((shell.folder / "over").exists)
    wait_until(lambda: not lives(pid))
    assert shell.account(job) == []


def test_one_task_vanishes(shell, engine):
    job = shell.submit("-t", "1-3", "sleep", "60")
    engine.lose_job(job, task=2)
    assert engine.states(job) == {1: "r", 3: "r"}


def test_a_job_is_put_into_the_error_state(shell, engine):
    job = shell.submit("-h", "true")
    engine.put_in_error(job, "the disk is full")
    assert engine.state(job) == "Ehqw"
    text = shell("qstat", "-j", str(job)).stdout
    assert "error reason          1:      " in text
    assert text.rstrip().endswith(": the disk is full") or ": the disk is full\n" in text
    assert shell.account(job) == [(27, 0)]


def test_the_next_start_is_refused(shell, engine):
    engine.refuse_next_starts("no", times=2)
    job = shell.submit("-t", "1-3", "sleep", "60")
    engine.wait_for(job, "r", task=3)
    assert engine.states(job) == {1: "Eqw", 2: "Eqw", 3: "r"}
    shell("qmod", "-cj", f"{job}.1")
    engine.wait_for(job, "r", task=1)


def test_the_walltime_is_over(shell, engine):
    job = shell.submit("sleep", "60")
    engine.end_walltime(job)
    engine.wait_for(job, None)
    assert shell.account(job) == [(37, 137)]


def test_a_host_dies_and_its_jobs_run_again_elsewhere(tmp_path, shell_of, wait_until):
    with FakeGridEngine(tmp_path / "cell", hosts=("a", "b")) as engine:
        shell = shell_of(engine)
        script = "echo $JOB_ID $RESTARTED >>ran; sleep 60\n"
        job = shell.submit("-r", "y", "-l", "hostname=*", script=script)
        ran = tmp_path / "ran"
        wait_until(lambda: ran.exists() and ran.read_text())
        pid, host = engine.pids(job)[1], engine.hosts_of(job)[1]
        engine.hold_dispatch()
        engine.kill_host(host)
        assert engine.state(job) == "Rq"
        wait_until(lambda: not lives(pid))
        engine.release_dispatch()
        engine.wait_for(job, "Rr")
        assert engine.hosts_of(job) == {1: "b" if host == "a" else "a"}
        wait_until(lambda: ran.read_text() == f"{job} 0\n{job} 1\n")
        assert shell.account(job) == [(25, 0)]


def test_a_host_is_cut_off_and_a_job_runs_twice(tmp_path, shell_of):
    with FakeGridEngine(tmp_path / "cell", hosts=("a", "b")) as engine:
        job = shell_of(engine).submit("-r", "y", "sleep", "60")
        first = engine.pids(job)[1]
        engine.kill_host(engine.hosts_of(job)[1], leave_processes=True)
        engine.wait_for(job, "Rr")
        assert lives(first)
        assert engine.pids(job)[1] != first


def test_a_job_that_may_not_run_again_is_gone_when_its_host_is_back(shell, engine, wait_until):
    job = shell.submit("sleep", "60")
    pid = engine.pids(job)[1]
    engine.kill_host("node1")
    wait_until(lambda: not lives(pid))
    assert engine.state(job) == "r"
    other = shell.submit("true")
    assert engine.state(other) == "qw"
    engine.revive_host("node1")
    assert engine.states(job) == {}
    assert shell.account(job) == [(19, 0)]
    engine.wait_for(other, None)


def test_a_shepherd_dies(shell, engine):
    once, again = shell.submit("sleep", "60"), shell.submit("-r", "y", "sleep", "60")
    engine.kill_shepherd(once)
    engine.kill_shepherd(again)
    assert engine.states(once) == {}
    engine.wait_for(again, "Rr")
    assert shell.account(once) == shell.account(again) == [(19, 0)]


def test_a_job_is_run_again(shell, engine):
    job = shell.submit("sleep", "60")
    first = engine.pids(job)[1]
    engine.reschedule(job)
    engine.wait_for(job, "Rr")
    assert engine.pids(job)[1] != first


# --- accounting ---


def test_accounting_is_late(shell, engine):
    engine.stop_clock()
    engine.delay_accounting(15)
    job = shell.submit("true")
    engine.wait_for(job, None)
    assert shell.account(job) == []
    engine.advance(14.9)
    assert shell.account(job) == []
    engine.advance(0.1)
    assert shell.account(job) == [(0, 0)]


def test_accounting_is_absent(shell, engine):
    lost, other = shell.submit("-h", "true"), shell.submit("-h", "true")
    engine.lose_accounting(lost)
    shell("qrls", str(lost), str(other))
    engine.wait_for(lost, None)
    engine.wait_for(other, None)
    assert (shell.account(lost), shell.account(other)) == ([], [(0, 0)])
    engine.lose_accounting()
    job = shell.submit("true")
    engine.wait_for(job, None)
    assert shell.account(job) == []


# --- files ---


def test_files_show_up_late(shell, engine, tmp_path):
    shared = tmp_path / "shared it's"
    shared.mkdir()
    (shared / "before").write_text("mine")
    engine.hold_files(shared)
    script = f'cd "{shared}"; cat before >after; mkdir deep; echo 1 >deep/file; echo said\n'
    job = shell.submit("-o", str(shared / "out"), script=script)
    engine.wait_for(job, None)
    assert [path.name for path in shared.iterdir()] == ["before"]
    engine.show_files()
    assert (shared / "after").read_text() == "mine"
    assert (shared / "deep" / "file").read_text() == "1\n"
    assert (shared / "out").read_text() == "said\n"


def test_what_comes_after_files_were_shown_is_held_back_again(shell, engine, tmp_path, wait_until):
    shared = tmp_path / "shared"
    engine.hold_files(shared)
    script = f"echo 1 >{shared}/a; until [ -e go ]; do sleep 0.01; done; echo 2 >{shared}/b\n"
    job = shell.submit(script=script)

    def shown():
        engine.show_files()
        return (shared / "a").exists()

    wait_until(shown)
    (shell.folder / "go").touch()
    engine.wait_for(job, None)
    assert [path.name for path in shared.iterdir()] == ["a"]
    engine.release_files()
    assert sorted(path.name for path in shared.iterdir()) == ["a", "b"]
    job = shell.submit(script=f"echo 3 >{shared}/c\n")
    engine.wait_for(job, None)
    assert (shared / "c").read_text() == "3\n"


def test_a_job_sees_what_was_written_for_it_after_files_were_held(shell, engine, tmp_path):
    shared = tmp_path / "shared"
    engine.hold_files(shared)
    (shared / "input").write_text("here\n")
    job = shell.submit("-N", "j", script=f"cat {shared}/input\n")
    engine.wait_for(job, None)
    assert (shell.folder / f"j.o{job}").read_text() == "here\n"


def test_a_script_that_another_starts_is_held_back_too(shell, engine, tmp_path):
    shared = tmp_path / "shared"
    engine.hold_files(shared)
    (shared / "inner").write_text(f"#!/bin/sh\necho 1 >{shared}/result\n")
    job = shell.submit(script=f"exec /bin/sh {shared}/inner\n")
    engine.wait_for(job, None)
    assert not (shared / "result").exists()
    engine.show_files()
    assert (shared / "result").read_text() == "1\n"
    assert (shared / "inner").read_text() == f"#!/bin/sh\necho 1 >{shared}/result\n"


# --- dispatch ---


def test_dispatch_is_held_and_released_job_by_job(shell, engine):
    engine.hold_dispatch()
    one, two = shell.submit("sleep", "60"), shell.submit("-t", "1-3", "sleep", "60")
    assert engine.state(one) == "qw"
    engine.dispatch(two, task=2)
    assert engine.states(two) == {1: "qw", 2: "r", 3: "qw"}
    engine.dispatch(one)
    assert engine.state(one) == "r"
    engine.dispatch(two)
    assert engine.states(two) == {1: "r", 2: "r", 3: "r"}
    three = shell.submit("sleep", "60")
    assert engine.state(three) == "qw"
    engine.release_dispatch()
    assert engine.state(three) == "r"


# --- the clock ---


def test_a_time_limit_is_over_when_the_clock_is_moved(shell, engine):
    engine.stop_clock()
    job = shell.submit("-l", "h_rt=1:00:00", "sleep", "60")
    engine.advance(3599)
    assert engine.state(job) == "r"
    engine.advance(1)
    engine.wait_for(job, None)
    assert shell.account(job) == [(37, 137)]
    assert "ru_wallclock 3600s\n" in shell("qacct", "-j", str(job)).stdout


def test_dates_are_those_of_the_clock(shell, engine):
    engine.advance(365.25 * 24 * 3600)
    engine.stop_clock()
    now = engine.now()
    shell.submit("-h", "true")
    xml = shell("qstat", "-j", "1", "-xml").stdout
    assert f"<JB_submission_time>{int(now)}</JB_submission_time>" in xml
    engine.start_clock()
    assert now <= engine.now() < now + 10
