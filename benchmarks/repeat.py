"""Repeats the quickest half of the conformance suite, to find what fails once in a thousand times.

    hatch run repeat packages/xqute-local/tests/test_conformance.py 1000

The first failure ends it, and is shown. Each process of pytest repeats every test a few times.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

MOST = 20
OPTIONS = ["-q", "-x", "-W", "error", "-p", "no:cacheprovider", "-c", os.devnull]


class Repeat:
    """A plugin that has each test run several times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give every test one more parameter."""
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(self.times))


def repeat_here(file: Path, times: int, marked: str) -> int:
    """Repeat the tests in this process, and return pytest's exit status."""
    with tempfile.TemporaryDirectory() as folder:
        words = [*OPTIONS, "-m", marked, f"--basetemp={folder}/t", f"--rootdir={file.parent}"]
        return pytest.main([*words, str(file)], plugins=[Repeat(times)])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="a file of tests with a subclass of the suite")
    parser.add_argument("times", type=int, help="how often to repeat each test")
    parser.add_argument("-m", dest="marked", default="xqute_quick", help="which tests")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        sys.exit(repeat_here(args.file, args.times, args.marked))
    began, done = time.monotonic(), 0
    while done < args.times:
        count = min(MOST, args.times - done)
        words = [__file__, args.file, str(count), "-m", args.marked, "--here"]
        ended = subprocess.run([sys.executable, *words], check=False, stdout=subprocess.PIPE)
        if ended.returncode != 0:
            print(ended.stdout.decode(errors="replace"))
            sys.exit(f"a test failed after {done} repetitions of all")
        done += count
        print(f"{done} repetitions, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
