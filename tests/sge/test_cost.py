"""Which commands of Grid Engine are called, and how often."""

import itertools
import time
from collections import Counter

import pytest


@pytest.mark.timeout(120)
def test_forty_jobs_are_one_qstat_for_each_interval_and_these_grow(cell, controller):
    controller.set.clear()
    for _ in range(40):
        controller.push("sleep", "30")
    controller.start()
    controller.claim(39)
    times, seen = [], 0
    while controller.process.poll() is None:
        if len(controller.commands("qstat")) > seen:
            seen += 1
            times.append(time.monotonic())
        time.sleep(0.02)
    assert Counter(job["status"] for job in controller.finish()) == {"FINISHED": 40}
    assert len(controller.commands("qsub")) == 1
    assert not controller.commands("qdel")
    assert not controller.commands("qacct")
    gaps = [b - a for a, b in itertools.pairwise(times)]
    # Seconds; the shortest interval is 2.5, minus the time that a command sometimes needs to start.
    assert min(gaps) > 1.9
    assert max(gaps) > 4 * min(gaps)
    assert seen <= 10


@pytest.mark.timeout(120)
def test_commands_are_few_for_many_jobs(cell, controller):
    controller.set.clear()
    controller.options["scheduler_forks"] = 250
    for _ in range(600):
        controller.push("true")
    assert Counter(job["status"] for job in controller.run(100)) == {"FINISHED": 600}
    asked = {name: len(controller.commands(name)) for name in ("qsub", "qstat", "qdel", "qacct")}
    seconds = controller.result["wall"]
    assert asked["qstat"] <= seconds / 2.5 + 2
    assert asked["qsub"] <= seconds / 2.5 + 2
    assert asked["qdel"] == asked["qacct"] == 0
