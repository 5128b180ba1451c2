"""Accounting records come late, or not at all."""


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
