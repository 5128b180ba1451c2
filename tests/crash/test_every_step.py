"""A controller is killed before some of its effects, and the next one goes on: see `explorer`.

The effects are chosen at random here; `hatch run crash` goes through all of them.
"""

import subprocess
import sys
from pathlib import Path

import pytest

EXPLORE = Path(__file__).parent / "explorer" / "explore.py"


def explore(*arguments):
    words = [sys.executable, EXPLORE, *map(str, arguments)]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("scheduler", "step"), [("local", 12), ("sge", 24)])
def test_wherever_a_controller_dies_there_is_one_story(chance, scheduler, step):
    seed = chance.getrandbits(32)
    done = explore("--scheduler", scheduler, "--step", step, "--chains", 4, "--seed", seed)
    print(done.stdout)
    assert "WRONG" not in done.stdout
    assert done.returncode == 0
    assert f"{scheduler}: " in done.stdout.splitlines()[-1]


@pytest.mark.timeout(240)
def test_each_planted_fault_is_found():
    done = explore("--mutants")
    print(done.stdout)
    assert done.stdout.endswith("\n9 mutants, 0 not found\n")
    assert done.returncode == 0
