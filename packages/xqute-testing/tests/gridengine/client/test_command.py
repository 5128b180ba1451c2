"""The program behind the commands, in a process of its own."""

import signal
import subprocess


def test_it_passes_on_its_standard_input(shell):
    ended = shell("qsub", "-h", "-N", "ours", stdin="#!/bin/sh\ntrue\n")
    assert (ended.returncode, ended.stdout) == (0, 'Your job 1 ("ours") has been submitted\n')


def test_it_passes_on_arguments_that_are_not_text(shell, engine):
    name = b"\xff".decode(errors="surrogateescape")
    with shell.start("qmod", "-cj", name, stdout=subprocess.DEVNULL):
        pass
    assert engine.calls("qmod")[0].words == ("-cj", name)


def test_an_interrupt_ends_it_without_a_traceback(shell, engine, wait_until):
    engine.hang_next("qstat")
    with shell.start("qstat", stderr=subprocess.PIPE) as hanging:
        wait_until(lambda: engine.calls("qstat"))
        hanging.send_signal(signal.SIGINT)
        assert hanging.communicate(timeout=10) == ("", "")
    assert hanging.returncode == -signal.SIGINT


def test_without_a_qmaster_it_says_so(shell, engine):
    path = shell.folder / "qstat"
    path.write_text((engine.folder / "bin/qstat").read_text())
    path.chmod(0o755)
    engine.close()
    ended = shell(path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.endswith(f"error: the cell in {engine.folder} has ended\n")
