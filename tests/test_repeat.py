"""benchmarks/repeat.py repeats the quick tests of a file, until one fails."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "repeat.py"
TESTS = """
import pathlib
import pytest

LEDGER = pathlib.Path(__file__).with_name("ledger")

@pytest.mark.xqute_quick
def test_quick():
    with LEDGER.open("a") as ledger:
        ledger.write("x")
    assert len(LEDGER.read_text()) < LIMIT

def test_slow():
    raise AssertionError
"""


def repeat(folder, limit, *options):
    file = folder / "test_it.py"
    file.write_text(TESTS.replace("LIMIT", str(limit)))
    words = [sys.executable, SCRIPT, file, "23", *options]
    ended = subprocess.run(words, check=False, capture_output=True, text=True)
    return ended, len((folder / "ledger").read_text())


def test_it_repeats_each_quick_test_that_often(tmp_path):
    ended, count = repeat(tmp_path, 100)
    assert (ended.returncode, count) == (0, 23), ended.stdout + ended.stderr
    assert "23 repetitions" in ended.stdout


def test_it_repeats_them_in_several_processes_at_once(tmp_path):
    ended, count = repeat(tmp_path, 100, "-j", "2")
    assert (ended.returncode, count) == (0, 23), ended.stdout + ended.stderr


def test_the_first_failure_ends_it_and_is_shown(tmp_path):
    ended, count = repeat(tmp_path, 21)
    assert (ended.returncode, count) == (1, 21), ended.stdout + ended.stderr
    assert "assert 21 < 21" in ended.stdout
    assert "a test failed after 20 repetitions of all" in ended.stderr
