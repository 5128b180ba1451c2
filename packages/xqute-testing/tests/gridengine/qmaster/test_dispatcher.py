"""Tasks start when there is a free slot and nothing holds them."""

from xqute_testing import FakeGridEngine


def test_a_large_array_is_taken_at_once_and_runs(shell_of, tmp_path):
    with FakeGridEngine(tmp_path / "cell", slots=8) as engine:
        shell = shell_of(engine)
        job = shell.submit("-t", "1-10000", "-o", "/dev/null", "exit", "0", "-N", "x")
        assert len(engine.states(job)) > 9000
        assert shell("qstat").stdout.endswith("-10000:1\n")
        shell("qdel", f"{job}.301-10000")
        engine.wait_for(job, None, timeout=30)
        assert len(engine.accounting_file.read_text().splitlines()) >= 300


def test_no_more_run_at_once_than_there_are_slots(shell_of, tmp_path):
    with FakeGridEngine(tmp_path / "cell", slots=2, hosts=("a", "b")) as engine:
        job = shell_of(engine).submit("-t", "1-6", "sleep", "60")
        engine.wait_for(job, "r", task=4)
        assert sorted(engine.states(job).values()) == ["qw", "qw", "r", "r", "r", "r"]
        assert sorted(engine.hosts_of(job).values()) == ["a", "a", "b", "b"]


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
