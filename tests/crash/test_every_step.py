"""A controller is killed at each of its steps in turn: none is the wrong one."""

import json
import subprocess
import sys
from pathlib import Path

SWEEP = Path(__file__).with_name("sweep.py")


def test_each_job_succeeds_once_wherever_the_controller_dies(tmp_path):
    done = subprocess.run([sys.executable, SWEEP, tmp_path], stdout=subprocess.PIPE, check=True)
    outcomes = json.loads(done.stdout)
    wrong = {step: outcome for step, outcome in enumerate(outcomes, 1) if outcome != RIGHT}
    print(f"{len(outcomes)} steps")
    assert wrong == {}
    assert len(outcomes) > 50


RIGHT = [0, ["good", "second"]]
