"""Each way in which a job can fail, and the failure that is reported: all in one run."""

import os
import shutil
import signal
import time

import pytest

SLEEP = ("sleep", "60")
# Seconds: the controllers' result_grace, three intervals, and the time that the cell needs.
BOUND = 25


@pytest.fixture(scope="module")
def outcomes(cell, shared_controllers):
    """Return the outcome of each job, by its name."""
    (controller,), names = shared_controllers(1), []
    folder = controller.folder

    def push(name, *cmd, **more):
        names.append(name)
        controller.push(*cmd, **more)

    push("true", "true")
    push("exit 3", "sh", "-c", "exit 3")
    push("exit 99", "sh", "-c", "exit 99")
    push("exit 100", "sh", "-c", "exit 100")
    push("signal", "sh", "-c", "kill -KILL $$")
    push("timeout", *SLEEP, timeout=1)
    push("wrapper killed", *SLEEP)
    push("shepherd killed", "sleep", "20")
    push("h_rt", *SLEEP, sge_l="h_rt=2")
    push("h_vmem", "dd", "if=/dev/zero", "of=/dev/null", "bs=500M", "count=1", sge_l="h_vmem=99M")
    push("qdel running", *SLEEP)
    push("qdel pending", *SLEEP, sge_h=True)
    push("unknown queue", "true", sge_q="nosuch.q")
    push("unknown resource", "true", sge_l=["nosuch=1"])
    for name in ("cwd gone", "shell gone"):
        (folder / name).mkdir()
    shell = shutil.copy("/bin/sh", folder / "shell gone" / "sh")
    push("cwd gone", "true", sge_h=True, cwd=str(folder / "cwd gone"))
    push("shell gone", "true", sge_h=True, shell=str(shell))
    ledger = f"echo run >>'{folder}/ledger'; until [ -e '{folder}/go' ]; do sleep 0.1; done"
    push("rescheduled", "sh", "-c", ledger, sge_r="y")

    controller.start()
    uid = {name: controller.uid(index) for index, name in enumerate(names) if "unknown" not in name}
    for name in ("cwd gone", "shell gone"):
        shutil.rmtree(folder / name)
        cell.ask("qrls", uid[name])
    cell.ask("qdel", uid["qdel pending"])
    pid = {name: int(controller.claim(names.index(name))["pid"]) for name in names
           if name in ("wrapper killed", "shepherd killed", "qdel running")}  # fmt: skip
    cell.ask("qdel", uid["qdel running"])
    os.kill(pid["wrapper killed"], signal.SIGKILL)
    os.kill(int(cell.ask("ps", "-o", "ppid=", str(pid["shepherd killed"]))), signal.SIGKILL)
    cell.wait_for(controller.ledger)
    cell.ask("qmod", "-rj", uid["rescheduled"])
    cell.wait_for(lambda: len(controller.ledger()) == 2)
    (folder / "go").touch()
    outcomes = dict(zip(names, controller.finish(), strict=True))
    outcomes["rescheduled"]["ledger"] = controller.ledger()
    return outcomes


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("name", "kind", "rc", "evidence"),
    [
        ("exit 3", "EXIT", 3, "exit status 3"),
        # If a wrapped script ended like this, Grid Engine would run it again, or hold it in error.
        ("exit 99", "EXIT", 99, "exit status 99"),
        ("exit 100", "EXIT", 100, "exit status 100"),
        ("signal", "SIGNAL", 137, "SIGKILL"),
        ("timeout", "TIMEOUT", 143, "timeout"),
        ("wrapper killed", "SIGNAL", None, "exit_status 137"),
        ("shepherd killed", "LOST", None, "failed 19"),
        ("h_rt", "WALLTIME", None, "failed 37"),
        # Its allocation fails, and only the job itself reports that.
        ("h_vmem", "EXIT", 1, "exit status 1"),
        ("qdel running", "SIGNAL", None, "failed 100"),
        ("qdel pending", "NEVER_STARTED", None, "does not have it"),
        ("unknown queue", "REJECTED", None, 'unknown queue "nosuch.q"'),
        ("unknown resource", "REJECTED", None, 'unknown resource "nosuch"'),
        ("cwd gone", "NEVER_STARTED", None, "working folder"),
        ("shell gone", "NEVER_STARTED", None, "unable to find shell"),
    ],
)
def test_a_failure_has_its_reason(outcomes, name, kind, rc, evidence):
    told = outcomes[name]
    assert told["status"] == "FAILED"
    assert (told["kind"], told["rc"]) == (kind, rc)
    assert evidence in told["detail"]
    assert told["took"] < BOUND + 10


def test_the_others_are_not_harmed(outcomes):
    assert outcomes["true"]["status"] == "FINISHED"


def test_a_job_that_is_run_again_is_followed(outcomes):
    assert outcomes["rescheduled"]["status"] == "FINISHED"
    assert outcomes["rescheduled"]["ledger"] == ["run", "run"]


def test_usage_says_where_it_ran(outcomes):
    wall, cpu, host, slots = outcomes["true"]["usage"]
    assert 0 <= wall < 10
    assert cpu is not None
    assert (host, slots) == (os.uname().nodename, 1)
    assert outcomes["h_rt"]["usage"][0] >= 2


def test_nothing_is_left(outcomes, cell):
    cell.wait_for(cell.empty)


def test_a_folder_of_jobs_that_cannot_be_entered(cell, controller):
    """Grid Engine puts the job into the state Eqw; it is deleted, and the reason is reported."""
    controller.push("true", sge_h=True)
    controller.start()
    uid = controller.uid(0)
    jobs = controller.folder / "jobs"
    jobs.chmod(0)
    began = time.monotonic()
    cell.ask("qrls", uid)
    (job,) = controller.finish()
    jobs.chmod(0o700)
    assert time.monotonic() - began < BOUND
    assert (job["status"], job["kind"]) == ("FAILED", "NEVER_STARTED")
    assert "can't chdir" in job["detail"]
    assert [words[0] for words in controller.commands("qdel")] == [uid]
    assert cell.empty()
