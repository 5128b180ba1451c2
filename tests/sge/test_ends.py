"""Kills, interrupts and dying controllers: what is left in the queue, and what is taken up."""

import random
import signal
import time
from collections import Counter

import pytest

SLEEP = ("sleep", "60")


def test_an_interrupt_leaves_nothing(cell, controller):
    for index in range(30):
        controller.push(*SLEEP, sge_h=True if index % 2 else None)
    controller.start()
    controller.uid(29)
    controller.claim(0)
    controller.process.send_signal(signal.SIGINT)
    jobs = controller.finish()
    assert controller.process.returncode == -signal.SIGINT or controller.process.returncode == 130
    assert Counter(job["status"] for job in jobs) == {"KILLED": 30}
    assert cell.empty()
    (qdel,) = controller.commands("qdel")
    assert len(qdel) == 2, "two arrays, each as one range"


def test_a_job_that_starts_after_it_was_killed_does_not_run(cell, controller):
    """Grid Engine sometimes loses the signal if it comes while the job is starting."""
    controller.replace("qdel", 'for id; do echo "the job $id is already in deletion"; done')
    for _ in range(3):
        controller.push("sh", "-c", f"echo run >>'{controller.folder}/ledger'", sge_h=True)
    controller.start()
    controller.uid(2)
    controller.process.send_signal(signal.SIGINT)
    cell.wait_for(lambda: controller.commands("qdel"))
    cell.ask("qrls", controller.uid(0).partition(".")[0])
    jobs = controller.finish(30)
    assert Counter(job["status"] for job in jobs) == {"KILLED": 3}
    assert controller.ledger() == []


def test_an_interrupt_before_anything_is_submitted(cell, controller):
    controller.replace("qsub", f'sleep 2; exec {cell.which("qsub")} "$@"')
    for _ in range(3):
        controller.push(*SLEEP)
    controller.start()
    cell.wait_for(lambda: controller.commands("qsub"))
    controller.process.send_signal(signal.SIGTERM)
    jobs = controller.finish()
    assert controller.process.returncode == 143
    assert {job["status"] for job in jobs} <= {"KILLED", "CANCELLED"}
    assert cell.empty()


@pytest.mark.timeout(90)
def test_what_was_left_is_taken_up(cell, controller):
    controller.options |= {"on_interrupt": "detach", "job_resume": True}
    controller.push("sh", "-c", f"echo quick >>'{controller.folder}/ledger'")
    for _ in range(5):
        controller.push(
            "sh", "-c",
            f"until [ -e '{controller.folder}/go' ]; do sleep 0.2; done;"
            f"echo slow >>'{controller.folder}/ledger'",
        )  # fmt: skip
    controller.start()
    controller.claim(5)
    cell.wait_for(lambda: controller.events("succeeded") == [0])
    controller.process.send_signal(signal.SIGINT)
    controller.finish()
    assert len(cell.listed()) == 5
    before = [controller.uid(index) for index in range(1, 6)]
    controller.start()
    cell.wait_for(lambda: len(controller.events("submitted")) == 11)
    (controller.folder / "go").touch()
    jobs = controller.finish()
    assert Counter(job["status"] for job in jobs) == {"FINISHED": 6}
    assert [job["uid"] for job in jobs[1:]] == before
    assert Counter(controller.ledger()) == {"quick": 1, "slow": 5}
    assert len(controller.commands("qsub")) == 1


@pytest.mark.timeout(240)
def test_each_job_runs_once_whenever_the_controller_dies(cell, controller):
    chance = random.Random(3)
    controller.options |= {"scheduler_forks": 12, "job_resume": True}
    controller.set |= {"min_interval": 0.5, "submit_interval": 0.5}
    for index in range(500):
        script = f'sleep 0.{index % 10}; echo "$0" >>"$1"'
        controller.push("sh", "-c", script, str(index), f"{controller.folder}/ledger")
    for _ in range(50):
        controller.start()
        cell.wait_for((controller.folder / "pushed").exists, 60)
        time.sleep(chance.uniform(0, 0.7))
        assert controller.process.poll() is None, "it has come to its end too soon"
        controller.process.kill()
        controller.process.communicate()
    jobs = controller.run(90)
    assert Counter(job["status"] for job in jobs) == {"FINISHED": 500}
    assert Counter(controller.ledger()) == {str(index): 1 for index in range(500)}
