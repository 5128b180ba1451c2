"""Jobs and tasks are lost, put into the error state, killed and run again."""

from pathlib import Path


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
