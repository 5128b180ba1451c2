"""The thirteen things that an earlier xqute was measured to do wrong, with the scheduler `local`.

T1: Arguments with special characters arrive byte for byte.
T2: The path of the job metadir may contain a blank.
T3: After a crash of the controller, jobs are collected or taken up, not run a second time.
T4: A lock whose PID belongs to another process by now is ignored.
T5: SIGINT kills the jobs and ends the program with 130; see test_signals.py.
T6: Under the strategy 'halt' a failure raises `Halted`.
T7: Jobs run while more are pushed.
T8: A job that vanishes before it starts fails as NEVER_STARTED; see test_watcher.py of core.
T9: No job changes its state while the status query fails; see test_watcher.py of core.
T10: A job may end before its submission returns; see test_watcher.py of core.
T11: A submission that fails for a passing reason is repeated; see test_submitter.py of core.
T12: One status query serves all jobs; see test_watcher.py of core.
T13: A script that prints much before its command does not hang.

docs/reliability.md says what the earlier xqute did in each case.
"""

import ast
import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xqute import Halted, JobStatus, ProcessIdentity, Xqute

# Everything but NUL; surrogates stand for bytes that are not valid UTF-8 (PEP 383).
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.binary().map(
    lambda data: os.fsdecode(data.replace(b"\0", b""))
)
ENV_NAME = TEXT.map(lambda text: text.replace("=", "")).filter(
    lambda name: name and not name.startswith(("PATH", "LD_"))
)
FILE_NAME = TEXT.map(lambda text: os.fsdecode(os.fsencode(text.replace("/", ""))[:80])).filter(
    lambda name: name.strip(".")
)

# The command is Python, which changes nothing that it is given; with `-I` it reads no variables.
TELL = """
import os, sys
found = [open(f"/proc/self/{name}", "rb").read() for name in ("cmdline", "environ")]
sys.stdout.write(ascii((*found, os.getcwdb())))
"""
COMMAND = [sys.executable, "-I", "-S", "-c", TELL]


@given(
    st.lists(TEXT, max_size=4), st.dictionaries(ENV_NAME, TEXT, max_size=3), FILE_NAME, FILE_NAME
)
@example(["$HOME", "`id -un`", "it's", 'a"b', "-n", "", "*", "a\nb\n", "\\n"], {}, "x", "y")
@example([], {"A": "$HOME'\n", "a b": "`x`", "BASH_FUNC_x%%": "() { :; }"}, "a 'b' $c", "-d\n")
@settings(max_examples=60, deadline=None)
def test_t1_all_arrives_byte_for_byte(fresh, args, env, metadir, cwd):
    root = fresh()
    (root / "cwd" / cwd).mkdir(parents=True)

    async def main():
        async with Xqute(job_metadir=root / metadir) as xqute:
            return await xqute.push([*COMMAND, *args], env=env, cwd=root / "cwd" / cwd)

    job = asyncio.run(main())
    assert job.status is JobStatus.FINISHED, job.failure
    cmdline, environ, where = ast.literal_eval(job.stdout_file.read_text())
    assert cmdline.split(b"\0")[5:-1] == [os.fsencode(arg) for arg in args]
    assert {os.fsencode(f"{k}={v}") for k, v in env.items()} <= set(environ.split(b"\0"))
    assert where == os.fsencode(root / "cwd" / cwd)
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """Creates folders, one for each example."""
    numbers = itertools.count()
    base = tmp_path_factory.mktemp("examples")
    return lambda: base / str(next(numbers))


@pytest.mark.parametrize("word", ["$HOME", "`id -un`", "it's", 'a"b'])
@pytest.mark.anyio
async def test_t1_the_very_words(tmp_path, word):
    async with Xqute(job_metadir=tmp_path / "jobs") as xqute:
        job = await xqute.push(["printf", "%s", word])
    assert await job.stdout() == word


@pytest.mark.anyio
async def test_t2_a_blank_in_the_path_of_the_metadir(tmp_path):
    async with Xqute(job_metadir=tmp_path / "my jobs") as xqute:
        job = await xqute.push(["echo", "hi"])
    assert job.status is JobStatus.FINISHED
    assert await job.stdout() == "hi\n"
    assert job.stderr_file.exists()


CONTROLLER = """
xqute = Xqute(job_metadir="jobs", job_resume=True)
job = await xqute.push(["sh", "-c", "echo ran >>ledger; until [ -e gate ]; do sleep 0.01; done"])
await xqute.run_until_complete()
print(job.status.value, job.resumed)
"""


def test_t3_a_job_that_ended_after_its_controller_is_collected(program, tmp_path, read, wait_until):
    first = program(CONTROLLER)
    wait_until(lambda: read(tmp_path / "ledger"))
    first.kill()
    first.wait()
    (tmp_path / "gate").touch()
    wait_until(lambda: read(tmp_path / "jobs/0/job.rc"))

    said, _ = program(CONTROLLER).communicate(timeout=20)

    assert said == "FINISHED True\n"
    assert read(tmp_path / "ledger") == "ran\n"


def test_t3_a_job_that_still_runs_is_taken_up(program, tmp_path, read, wait_until):
    first = program(CONTROLLER)
    wait_until(lambda: read(tmp_path / "ledger"))
    first.kill()
    first.wait()

    second = program(CONTROLLER)
    wait_until(lambda: str(second.pid) in read(tmp_path / "jobs/producer.lock"))
    (tmp_path / "gate").touch()

    assert second.communicate(timeout=20)[0] == "FINISHED True\n"
    assert read(tmp_path / "ledger") == "ran\n"


def test_t4_a_lock_whose_pid_belongs_to_another_process_is_stale(
    program, tmp_path, read, wait_until
):
    first = program(CONTROLLER)
    lock = tmp_path / "jobs/0/job.lock"
    wait_until(lambda: read(tmp_path / "ledger") and read(lock))
    first.kill()
    first.wait()
    dead = ProcessIdentity.parse(read(lock))
    os.killpg(dead.pid, signal.SIGKILL)
    wait_until(lambda: not dead.alive)
    with subprocess.Popen(["sleep", "60"]) as bystander:
        lock.write_text(f"{bystander.pid}/{dead.start}/{dead.boot}/{dead.host}\n")
        (tmp_path / "gate").touch()

        said, _ = program(CONTROLLER).communicate(timeout=20)

        assert said.startswith("FINISHED")
        assert read(tmp_path / "ledger") == "ran\nran\n"
        assert bystander.poll() is None
        bystander.kill()


@pytest.mark.anyio
async def test_t6_halt_raises_with_the_job(tmp_path):
    xqute = Xqute(job_metadir=tmp_path / "jobs", job_error_strategy="halt", scheduler_forks=2)
    other = await xqute.push(["sleep", "60"])
    bad = await xqute.push(["sh", "-c", "exit 3"])
    waiting = await xqute.push(["true"])
    with pytest.raises(Halted) as raised:
        await xqute.run_until_complete()
    assert raised.value.job is bad
    assert bad.rc == 3
    assert other.status is JobStatus.KILLED
    assert waiting.status is JobStatus.CANCELLED


HALTING = """
xqute = Xqute(job_metadir="jobs", job_error_strategy="halt")
await xqute.push(["false"])
await xqute.run_until_complete()
"""


def test_t6_halt_ends_a_program_with_an_error(program):
    process = program(HALTING)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Halted: job 0 failed (EXIT: exit status 1)" in said


@pytest.mark.anyio
async def test_t7_jobs_run_while_more_are_pushed(tmp_path):
    async with Xqute(job_metadir=tmp_path / "jobs", scheduler_forks=1) as xqute:
        for index in range(3):
            job = await xqute.push(["echo", index])
            # The run does not know yet that no more jobs will come.
            await asyncio.wait_for(job.wait(), 10)
            assert job.status is JobStatus.FINISHED


@pytest.mark.anyio
async def test_t7_with_one_slot_they_run_one_after_the_other(tmp_path):
    script = "mkdir alone && sleep 0.05 && rmdir alone"
    async with Xqute(job_metadir=tmp_path / "jobs", cwd=tmp_path) as xqute:
        jobs = [await xqute.push(["sh", "-c", script]) for _ in range(3)]
    assert [job.rc for job in jobs] == [0, 0, 0]
    ends = [job.times[JobStatus.FINISHED] for job in jobs]
    assert ends == sorted(ends)


@pytest.mark.anyio
async def test_t13_a_script_that_prints_much_before_its_command(tmp_path):
    shell = tmp_path / "talkative"
    shell.write_text(
        '#!/bin/sh\nhead -c 400000 /dev/zero\nhead -c 400000 /dev/zero >&2\nexec /bin/sh "$@"\n'
    )
    shell.chmod(0o755)
    async with Xqute(job_metadir=tmp_path / "jobs", shell=shell) as xqute:
        job = await xqute.push(["echo", "hi"])
    assert job.status is JobStatus.FINISHED
    assert await job.stdout() == "hi\n"
