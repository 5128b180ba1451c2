"""Hosts die, are cut off, and come back."""

from pathlib import Path

from xqute_testing import FakeGridEngine


def lives(pid):
    return Path(f"/proc/{pid}").exists()


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
