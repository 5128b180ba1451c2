"""A scheduler of a third party: a separate distribution that has only the abstract methods."""

import os
import signal
import subprocess
import sys

import pytest

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "my-scheduler"
version = "1.0"

[project.entry-points."xqute.schedulers"]
my = "my_scheduler:MyScheduler"
"""

SCHEDULER = """
import os
import signal
import subprocess

from xqute import Job, Scheduler


class MyScheduler(Scheduler):
    name = "my"

    async def submit_job(self, job):
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            [job.script_file], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        return str(process.pid)

    async def kill_job(self, job):
        try:
            os.killpg(int(job.uid), signal.SIGTERM)
        except ProcessLookupError:
            pass

    async def job_is_running(self, job):
        try:
            with open(f"/proc/{job.uid}/stat") as file:
                return file.read().rpartition(") ")[2][0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False
"""

CORES_SCRIPT = """

class MyJob(Job):
    def wrap_cmd(self, scheduler):
        return self.render_script(scheduler)


MyScheduler.job_class = MyJob
"""

#: The least that the contract asks for: rc, then status, then the lock.
SCRIPT_OF_ITS_OWN = '''
from shlex import join, quote


class MyJob(Job):
    def wrap_cmd(self, scheduler):
        return f"""#!/bin/bash
finish() {{
    rc=$?
    trap - EXIT
    echo "$rc" >{quote(str(self.rc_file))}
    if [ "$rc" = 0 ]; then state=FINISHED; else state=FAILED; fi
    echo "$state" >>{quote(str(self.status_file))}
    : >{quote(str(self.lock_file))}
    exit "$rc"
}}
trap finish EXIT
trap 'exit 143' TERM
cd {quote(self.workdir(scheduler))} || exit
echo RUNNING >>{quote(str(self.status_file))}
{join(self.cmd)} >{quote(str(self.stdout_file))} 2>{quote(str(self.stderr_file))}
"""


MyScheduler.job_class = MyJob
'''
FORMS = {"core's script": CORES_SCRIPT, "a script of its own": SCRIPT_OF_ITS_OWN}


@pytest.fixture(scope="module", params=FORMS)
def installed(request, tmp_path_factory):
    """The folder into which one of the forms of the distribution is installed."""
    source = tmp_path_factory.mktemp("source")
    (source / "pyproject.toml").write_text(PYPROJECT)
    (source / "my_scheduler.py").write_text(SCHEDULER + FORMS[request.param])
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--target", target]
    subprocess.run([*pip, *options, source], check=True)
    return target


@pytest.fixture
def my_program(program, installed, monkeypatch):
    """Starts a program that creates `xqute`, an `Xqute("my")`, and prints how its jobs ended."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    return lambda body, **options: program(BEGIN.format(options=options) + body + END)


BEGIN = """
xqute = Xqute("my", job_metadir="my jobs", **{options})
"""
END = """
await xqute.run_until_complete()
for job in xqute.jobs:
    print(job.status.value, job.rc, job.trial_count, job.resumed, repr(await job.stdout()))
"""


def said(process):
    out, errors = process.communicate(timeout=40)
    assert process.returncode == 0, errors
    return out.splitlines()


def test_success_and_failure(my_program):
    process = my_program("""
await xqute.push(["echo", "it's $HOME"])
await xqute.push(["sh", "-c", "echo no; exit 3"])
await xqute.push(["no-such-command"])
""", scheduler_forks=3)  # fmt: skip
    assert said(process) == [
        'FINISHED 0 0 False "it\'s $HOME\\n"',
        "FAILED 3 0 False 'no\\n'",
        "FAILED 127 0 False ''",
    ]


def test_retry(my_program):
    process = my_program(
        'await xqute.push(["mkdir", "first"])\n'
        'await xqute.push(["sh", "-c", "mkdir second && exit 1; echo again"])',
        job_error_strategy="retry",
        job_retry_delay=0,
    )
    assert said(process) == ["FINISHED 0 0 False ''", "FINISHED 0 1 False 'again\\n'"]


def test_kill(my_program, left_over):
    process = my_program("""
job = await xqute.push(["sh", "-c", "echo up; exec sleep 60"])
async for line in job.lines():
    print(await job.kill())
""")
    lines = said(process)
    assert lines[0] == "True"
    assert lines[1].startswith("KILLED")
    assert left_over() == set()


RESTARTED = """
script = "echo ran >>ledger; until [ -e gate ]; do sleep 0.01; done; echo hi"
job = await xqute.push(["sh", "-c", script])
while job.status is not JobStatus.RUNNING:
    await asyncio.sleep(0.01)
print("up", flush=True)
"""


@pytest.mark.parametrize("resume", [False, True])
def test_restart_of_the_controller_while_a_job_runs(my_program, tmp_path, read, wait_until, resume):
    first = my_program(RESTARTED)
    assert first.stdout.readline() == "up\n"
    wait_until(lambda: read(tmp_path / "my jobs/0/job.lock"))
    first.kill()
    first.wait()

    second = my_program(RESTARTED, job_resume=resume)
    assert second.stdout.readline() == "up\n"
    (tmp_path / "gate").touch()
    assert said(second) == ["FINISHED 0 0 True 'hi\\n'"]
    assert read(tmp_path / "ledger") == "ran\n"


def test_restart_after_a_job_has_ended(my_program, tmp_path, read, wait_until):
    first = my_program(RESTARTED)
    assert first.stdout.readline() == "up\n"
    first.kill()
    first.wait()
    (tmp_path / "gate").touch()
    wait_until(lambda: read(tmp_path / "my jobs/0/job.rc"))

    push, _ = RESTARTED.split("while")
    assert said(my_program(push, job_resume=True)) == ["FINISHED 0 0 True 'hi\\n'"]
    assert read(tmp_path / "ledger") == "ran\n"


def test_a_job_that_dies_without_a_word_is_a_failure(my_program, tmp_path, read):
    process = my_program(RESTARTED + "xqute.scheduler.result_grace = 0.1\n")
    assert process.stdout.readline() == "up\n"
    os.killpg(int(read(tmp_path / "my jobs/0/job.lock")), signal.SIGKILL)
    assert said(process)[0].startswith("FAILED None 0 False")
