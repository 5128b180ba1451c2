"""Fixtures for tests of several distributions: programs that run jobs, as separate processes."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GRIDENGINE = Path(__file__).parent / "clusters" / "gridengine.sh"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the tests that need the real cell, before tests are selected by their marks."""
    for item in items:
        if "gridengine_cell" in getattr(item, "fixturenames", ()):
            item.add_marker("cell")


@pytest.fixture(scope="session")
def require():
    """`require(missing, remedy)` skips the test if something is missing; in CI the test fails."""

    def check(missing, remedy):
        if missing and os.environ.get("CI"):
            pytest.fail(f"{missing}; CI should have run {remedy}")
        if missing:
            pytest.skip(f"{missing}; as root: {remedy}")

    return check


@pytest.fixture(scope="session")
def gridengine_cell(require):
    """The real cell runs; returns the path of the script that starts it."""
    missing = "Grid Engine is not installed"
    if shutil.which("qsub"):
        words = ["bash", GRIDENGINE, "status"]
        status = subprocess.run(words, check=False, capture_output=True, text=True)
        missing = "" if status.returncode == 0 else f"the cell is down: {status.stdout}"
    require(missing, "tests/clusters/gridengine.sh up")
    return GRIDENGINE


@pytest.fixture(scope="session")
def task_spooler(require):
    """The command `tsp` is installed, for the scheduler of the tutorial."""
    require("" if shutil.which("tsp") else "there is no tsp", "apt-get install task-spooler")


@pytest.fixture
def program(tmp_path):
    """Writes a program into the test's folder, starts it there, and captures its output.

    Its source is the body of a coroutine function, which can use `asyncio`, `sys`, all public names
    of xqute, and `args`, the arguments of the program. At the end the program is killed, and so are
    all processes that work below the folder.
    """
    started = []

    def start(body, *args, loop="asyncio", python=sys.executable, **more):
        path = tmp_path / "program.py"
        path.write_text(FRAME.format(body="    ".join(["", *body.strip().splitlines(True)])))
        process = subprocess.Popen(
            [python, path, loop, *map(str, args)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **more,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    for pid in running_below(tmp_path):
        try:
            os.killpg(os.getsid(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue


FRAME = """
import asyncio
import sys

from xqute import *
from xqute import Xqute, Job, JobStatus, Halted, simplug

async def main(args):
{body}

loop = sys.argv[1]
factory = __import__(loop).new_event_loop
with asyncio.Runner(loop_factory=factory) as runner:
    runner.run(main(sys.argv[2:]))
"""


@pytest.fixture
def left_over(tmp_path):
    """The processes whose command line names the test's folder."""
    return lambda: running_below(tmp_path)


@pytest.fixture(scope="session")
def read():
    """The text of a file, empty if there is no file."""

    def text(path):
        try:
            return Path(path).read_text()
        except FileNotFoundError:
            return ""

    return text


def running_below(folder):
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if os.fsencode(folder) in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except (OSError, ValueError):
            continue
    return found - {os.getpid()}
