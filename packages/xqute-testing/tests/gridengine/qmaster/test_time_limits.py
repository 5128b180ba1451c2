"""A job is killed at the end of its wall time."""


def test_a_time_limit_is_over_when_the_clock_is_moved(shell, engine):
    engine.stop_clock()
    job = shell.submit("-l", "h_rt=1:00:00", "sleep", "60")
    engine.advance(3599)
    assert engine.state(job) == "r"
    engine.advance(1)
    engine.wait_for(job, None)
    assert shell.account(job) == [(37, 137)]
    assert "ru_wallclock 3600s\n" in shell("qacct", "-j", str(job)).stdout
