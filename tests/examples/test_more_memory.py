"""The policy that asks for more memory, on the fake Grid Engine, and across a crash."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "more_memory.py"
# Runs the example as a script, with a scheduler that waits shortly between two commands.
AT_SHORT_INTERVALS = f"""\
import runpy
from xqute.schedulers.sge import SgeScheduler
for name in ("min_interval", "max_interval", "submit_interval", "result_grace"):
    setattr(SgeScheduler, name, 0.2)
runpy.run_path({str(EXAMPLE)!r}, run_name="__main__")
"""


def wait_for(condition):
    """Wait until `condition` returns a true value, and return that value."""
    deadline = time.monotonic() + 30
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


class Program:
    """The example, in a process of its own, with a job that runs until the test ends it."""

    def __init__(self, engine, folder):
        self.engine = engine
        self.folder = folder
        self.go = folder / "go"
        self.ended = set()
        self.process = None

    def start(self):
        until_go = ["sh", "-c", 'until [ -e "$1" ]; do sleep 0.05; done', "sh", self.go]
        self.process = subprocess.Popen(
            [sys.executable, "-c", AT_SHORT_INTERVALS, "1K", *until_go],
            cwd=self.folder,
            env=self.engine.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def attempt(self):
        """Wait until an attempt runs that was not ended before, and return its job number."""
        return wait_for(self._running)

    def _running(self):
        status = self.folder / ".xqute/0/job.status"
        for job in set(self.engine.jobs()) - self.ended:
            if "r" in self.engine.states(job).values() and status.exists():
                return job if status.read_text() == "RUNNING\n" else None
        return None

    def run_out_of_memory(self):
        """Have Grid Engine kill the attempt that runs, as one that used more than its h_vmem.

        Its processes have more than a few KiB, so the accounting record has a maxvmem above that.
        Grid Engine measures once a second.
        """
        job = self.attempt()
        self.engine.advance(2)
        self.engine.end_walltime(job)
        self.ended.add(job)

    def requested(self):
        """Return the request of the attempt that runs, and the options in its intent."""
        self.attempt()
        text = (self.folder / ".xqute/0/job.wrapped.sge").read_text()
        (request,) = re.findall(r"^#\$ -l (.*)$", text, re.MULTILINE)
        return request, text.splitlines()[-1].partition(" options=")[2]

    def finish(self):
        self.go.touch()
        out, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, out
        return out.splitlines()


@pytest.fixture
def program(fake_gridengine, tmp_path):
    program = Program(fake_gridengine, tmp_path)
    yield program
    if program.process is not None:
        program.process.kill()
        program.process.communicate()


def test_the_policy_has_at_most_fifteen_lines():
    (policy,) = re.findall(r"^class MoreMemory.*?(?=\n\n\n)", EXAMPLE.read_text(), re.DOTALL | re.M)
    assert len(policy.splitlines()) <= 15


def test_each_attempt_that_runs_out_of_memory_is_followed_by_one_with_twice_as_much(program):
    program.start()
    assert program.requested() == ("h_vmem=1K", "")
    program.run_out_of_memory()
    assert program.requested() == ("h_vmem=2K", '{"sge_l": ["h_vmem=2K"]}')
    program.run_out_of_memory()
    assert program.requested() == ("h_vmem=4K", '{"sge_l": ["h_vmem=4K"]}')
    assert program.finish() == ["FINISHED in attempt 3 with h_vmem=4K"]


def test_a_crash_of_the_controller_does_not_reset_it(program):
    program.start()
    program.run_out_of_memory()
    running = program.attempt()
    program.process.kill()
    program.process.communicate()

    asked = len(program.engine.calls("qstat"))
    program.start()
    # The first query is the look-up; the second one comes when the job was taken up.
    wait_for(lambda: len(program.engine.calls("qstat")) >= asked + 2)
    assert program.requested() == ("h_vmem=2K", '{"sge_l": ["h_vmem=2K"]}')
    assert program.attempt() == running, "it is taken up, not submitted again"
    program.run_out_of_memory()
    assert program.requested() == ("h_vmem=4K", '{"sge_l": ["h_vmem=4K"]}')
    assert program.finish() == ["FINISHED in attempt 3 with h_vmem=4K"]


def test_another_failure_is_not_retried(program):
    program.start()
    job = program.attempt()
    os.kill(program.engine.pids(job)[1], signal.SIGKILL)
    told, first, second = program.finish()
    assert told.startswith("1 of 1 job failed (1 SIGNAL)")
    assert first == "FAILED in attempt 1 with h_vmem=1K"
    assert second.startswith("SIGNAL: SIGKILL")
