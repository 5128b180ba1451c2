"""Repeats the quick half of the conformance suite, to find what fails once in a thousand runs.

    hatch run repeat packages/xqute-local/tests/test_conformance.py 1000

It ends with the first failure, and shows it. Each pytest process repeats every test a few times.
Several processes may run at once (`-j`), since most tests wait more than they work.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import pytest

MOST = 20
OPTIONS = ["-q", "-x", "-W", "error", "-p", "no:cacheprovider", "-c", os.devnull]


class Repeat:
    """A pytest plugin that runs each test several times."""

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
    parser.add_argument("-j", dest="at_once", type=int, default=1, help="so many processes at once")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        sys.exit(repeat_here(args.file, args.times, args.marked))
    began, done = time.monotonic(), 0
    words = [sys.executable, __file__, args.file, "-m", args.marked, "--here"]

    def repeat(times: int) -> tuple[int, subprocess.CompletedProcess[bytes]]:
        return times, subprocess.run([*words, str(times)], check=False, stdout=subprocess.PIPE)

    counts = [min(MOST, args.times - start) for start in range(0, args.times, MOST)]
    with ThreadPoolExecutor(args.at_once) as pool:
        for future in as_completed([pool.submit(repeat, times) for times in counts]):
            times, ended = future.result()
            if ended.returncode != 0:
                pool.shutdown(wait=False, cancel_futures=True)
                print(ended.stdout.decode(errors="replace"))
                sys.exit(f"a test failed after {done} repetitions of all")
            done += times
            print(f"{done} repetitions, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
