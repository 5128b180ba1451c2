"""Fixtures of the tests of local jobs: a folder, former runs, and what processes there are."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from xqute import ProcessStat, Xqute
from xqute.schedulers.local import LocalScheduler
from xqute.schedulers.local._exit_watcher import PidfdExitWatcher
from xqute.schedulers.local._process_table import ProcessTable

CONTROLLER = """
import asyncio, json, sys
from xqute import ProcessStat, Xqute

async def main(options, jobs):
    xqute = Xqute(**options)
    for job in jobs:
        await xqute.push(**job)
    await xqute.run_until_complete()

asyncio.run(main(*json.loads(sys.argv[1])))
"""


@pytest.fixture(params=["pidfd", "polling"])
def exit_watcher(request, monkeypatch):
    """Runs a test once with each kind of exit watcher."""
    if request.param == "polling":
        monkeypatch.setattr(PidfdExitWatcher, "works", staticmethod(lambda: False))
    elif not PidfdExitWatcher.works():
        pytest.skip("this system has no pidfds")


@pytest.fixture
def folder(tmp_path):
    """The working folder of the jobs. Processes that still run in it after the test are killed."""
    yield tmp_path
    for pid in running_below(tmp_path):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.fixture
def metadir(folder):
    return folder / "jobs"


@pytest.fixture
def producer(metadir, folder):
    """Makes an `Xqute` with the job metadir `metadir`, whose jobs run in `folder`."""
    return partial(Xqute, job_metadir=metadir, cwd=folder)


class Controllers:
    """Starts programs that push jobs and wait for them."""

    def __init__(self, metadir, folder):
        self.options = {"job_metadir": str(metadir), "cwd": str(folder), "scheduler_forks": 9}
        self.started = []

    def __call__(self, *jobs, **options):
        return self.run(self.program(*jobs, **options))

    def program(self, *jobs, **options):
        return [sys.executable, "-c", CONTROLLER, json.dumps([self.options | options, jobs])]

    def run(self, program, **more):
        process = subprocess.Popen(program, start_new_session=True, **more)
        self.started.append(process)
        return process


@pytest.fixture
def start_controller(metadir, folder):
    """Starts a program that pushes jobs and waits for them."""
    controllers = Controllers(metadir, folder)
    yield controllers
    for process in controllers.started:
        process.kill()
        process.wait()


@pytest.fixture
def left_running(start_controller, metadir, until):
    """Pushes jobs in another process, and kills that controller as soon as all of them run."""

    async def leave(*jobs, **options):
        process = start_controller(*jobs, **options)
        for index in range(len(jobs)):
            await until(lambda index=index: text(metadir / f"{index}/job.lock"))
            await until(lambda index=index: "RUNNING\n" in text(metadir / f"{index}/job.status"))
        process.kill()
        process.wait()

    return leave


@pytest.fixture(scope="session")
def read():
    """Returns the text of a file; it is empty if there is no such file."""
    return text


@pytest.fixture(scope="session")
def lives():
    """Returns whether a process exists and is not a zombie."""

    def look(pid):
        process = ProcessStat.read(int(pid))
        return process is not None and process.lives

    return look


@pytest.fixture
def left_over(folder):
    """Returns the processes of all jobs of the test that still run."""
    return partial(running_below, folder)


@pytest.fixture
def spy(monkeypatch):
    """The indexes of the jobs that were started by this process so far."""
    started = []
    submit = LocalScheduler.submit_job

    async def counted(self, job):
        started.append(job.index)
        return await submit(self, job)

    monkeypatch.setattr(LocalScheduler, "submit_job", counted)
    return started


def text(path):
    try:
        return Path(path).read_text()
    except FileNotFoundError:
        return ""


def running_below(folder):
    """Return the processes that name the folder in their command line, and their descendants."""
    table = ProcessTable()
    named = [pid for pid in table.processes if os.fsencode(folder) in command_line(pid)]
    sessions = [pid for leader in named for pid in table.session(leader)]
    return table.living([*named, *sessions]) - {os.getpid()}


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
