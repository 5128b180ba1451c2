"""The output of the examples that fit on one screen."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def output_of(example, folder):
    command = [sys.executable, EXAMPLES / example]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_toy_runs_its_two_commands(tmp_path):
    assert output_of("toy.py", tmp_path) == [
        r"job 0: FINISHED, printed '1\n'",
        r"job 1: FINISHED, printed '2\n'",
    ]


def test_the_plugin_vetoes_a_kill_and_reports_each_attempt(tmp_path):
    expected = [
        "killed: False, it is RUNNING",
        "scheduler 'local' is done:",
        "  job 0 failed, EXIT: exit status 3: not yet",
        "  job 0 succeeded in attempt 2",
        "  job 1 succeeded in attempt 1",
    ]
    assert output_of("hooks.py", tmp_path) == expected
    assert output_of("hooks.py", tmp_path) == expected, "and again in the same folder"


def test_every_example_is_named_in_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    untested = [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in tests]
    assert untested == []
