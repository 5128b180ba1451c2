"""A cell starts, answers a test and its commands, and leaves nothing behind when it is closed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xqute_testing import FakeGridEngine


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def quickest(times, act):
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return min(took)


def test_it_starts_and_answers_quickly(tmp_path, shell):
    assert quickest(3, lambda: FakeGridEngine(tmp_path / "cell").close()) < 0.2
    assert quickest(5, lambda: shell("qstat")) < 0.03
    assert quickest(5, lambda: shell("qsub", "-h", "-b", "y", "true")) < 0.03
    assert quickest(5, lambda: shell("qdel", "1")) < 0.03


def test_a_job_runs(shell, engine):
    job = shell.submit("-N", "hello", "echo", "hi")
    engine.wait_for(job, None)
    assert (shell.folder / f"hello.o{job}").read_text() == "hi\n"
    assert shell.account(job) == [(0, 0)]


def test_several_cells_are_apart(tmp_path, shell_of):
    with FakeGridEngine(tmp_path / "a") as a, FakeGridEngine(tmp_path / "b") as b:
        one, two = shell_of(a).submit("sleep", "60"), shell_of(b).submit("sleep", "60")
        assert one == two == 1
        shell_of(a)("qdel", "1")
        a.wait_for(one, None)
        assert b.states(two) == {1: "r"}


def read(path):
    return path.read_text() if path.exists() else ""


def test_nothing_is_left(tmp_path, shell_of, wait_until):
    script = "sleep 61 &\nsetsid sleep 62 &\necho $! >other\ntrap '' TERM HUP\nsleep 63\n"
    with FakeGridEngine(tmp_path / "cell") as engine:
        job = shell_of(engine).submit("-N", "j", script=script)
        pid = engine.pids(job)[1]
        other = int(wait_until(lambda: read(tmp_path / "other")))
        qmaster = engine.pid
        assert all(map(lives, (pid, other, qmaster)))
    assert not any(map(lives, (pid, other, qmaster)))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"j.o{job}", "other"]


def test_nothing_is_left_when_its_maker_is_killed(tmp_path, wait_until):
    program = (
        "import sys, subprocess, time; from xqute_testing import FakeGridEngine\n"
        "engine = FakeGridEngine(sys.argv[1])\n"
        "subprocess.run([engine.commands['qsub'], '-b', 'y', '-o', '/dev/null', 'sleep', '64'])\n"
        "print(engine.pid, engine.pids(1)[1], flush=True)\n"
        "time.sleep(60)\n"
    )
    maker = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "cell"], stdout=subprocess.PIPE, text=True
    )
    with maker:
        maker.stdout.readline()
        pids = maker.stdout.readline().split()
        os.kill(maker.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(lives, pids)))
    left = {path.name for path in (tmp_path / "cell").iterdir()}
    assert left <= {"qmaster.log"}


def test_it_may_be_closed_twice_and_its_commands_fail_then(shell, engine):
    engine.close()
    engine.close()
    with pytest.raises(FileNotFoundError):
        shell(engine.commands["qstat"])
    with pytest.raises(RuntimeError, match="has ended"):
        engine.jobs()


def test_a_path_may_be_odd_and_long(tmp_path, shell_of):
    folder = tmp_path / "it's $HOME\n`x` é" / ("long" * 40)
    with FakeGridEngine(folder) as engine:
        shell = shell_of(engine)
        job = shell.submit("-N", "j", script='echo "$TMPDIR"; ls -d "$TMPDIR"\n')
        engine.wait_for(job, None)
        out = (shell.folder / f"j.o{job}").read_text()
        assert out == f"{folder}/tmp/{job}.1.all.q\n" * 2


def test_the_folder_that_was_there_stays(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    FakeGridEngine(folder).close()
    assert list(folder.iterdir()) == []


def test_calls_are_recorded(shell, engine):
    shell("qstat", "-u", "*")
    shell("qdel", "7")
    first, second = engine.calls()
    assert (first.command, first.words, first.status) == ("qstat", ("-u", "*"), 0)
    assert (second.command, second.status, second.cwd) == ("qdel", 1, str(shell.folder))
    assert engine.calls("qdel") == [second]


def test_what_does_not_come_is_told(shell, engine):
    job = shell.submit("-h", "true")
    with pytest.raises(TimeoutError, match=r"job 1 is not r or gone .*hqw"):
        engine.wait_for(job, "r", None, timeout=0.05)
    assert engine.states(job) == {1: "hqw"}


def test_unknown_jobs_and_hosts_are_told(engine):
    with pytest.raises(LookupError, match="no job 5"):
        engine.lose_job(5)
    with pytest.raises(LookupError, match=r"no host 'mars', only node1"):
        engine.kill_host("mars")
