"""A host with jobs dies or is only cut off, on a fake Grid Engine of two hosts."""

import asyncio

import pytest

from xqute import FailureKind, JobStatus, Xqute
from xqute_testing import FakeGridEngine

pytestmark = pytest.mark.anyio

# Counts how often it has been started, and ends when the file for this start exists.
JOB = """
echo run >>"ran.$0"
n=$(grep -c . "ran.$0")
until [ -e "go.$0.$n" ]; do sleep 0.02; done
echo "run $n"
exit $(cat "go.$0.$n")
"""


@pytest.fixture
def engine(tmp_path):
    with FakeGridEngine(tmp_path / "cell", hosts=("a", "b")) as engine:
        yield engine


@pytest.fixture
async def xqute(tmp_path, engine):
    xqute = Xqute("sge", job_metadir=tmp_path / "jobs", scheduler_forks=8, **engine.commands)
    for name in ("min_interval", "max_interval", "submit_interval", "result_grace"):
        setattr(xqute.scheduler, name, 0.1)
    return xqute


@pytest.fixture
def push(tmp_path, xqute):
    async def push(**options):
        cmd = ["sh", "-c", JOB, len(xqute.jobs)]
        return await xqute.push(cmd, cwd=tmp_path, **options)

    return push


@pytest.fixture
def times_begun(tmp_path):
    """Returns how often a job has begun."""

    def times_begun(job):
        file = tmp_path / f"ran.{job.index}"
        return file.read_text().count("run") if file.exists() else 0

    return times_begun


@pytest.fixture
def next_look(engine):
    """Waits until a status query that begins after the call has been answered and processed."""

    async def next_look():
        asked = len(engine.calls("qstat"))
        # The first may be under way already. The third begins after the second was processed.
        await until(lambda: len(engine.calls("qstat")) >= asked + 3)

    return next_look


async def until(condition):
    while not condition():  # noqa: ASYNC110  # other processes make it true
        await asyncio.sleep(0.02)


def runs(job):
    """Return whether the controller knows that the job runs, and so knows its id."""
    return job.status is JobStatus.RUNNING


def task_of(job):
    number, _, task = job.uid.partition(".")
    return int(number), int(task or 1)


def host_of(engine, job):
    number, task = task_of(job)
    return engine.hosts_of(number).get(task)


@pytest.mark.parametrize("count", [1, 4])
async def test_jobs_that_may_run_again_are_followed(
    tmp_path, engine, xqute, push, times_begun, count
):
    jobs = [await push(sge_r="y") for _ in range(count)]
    async with xqute:
        await until(lambda: all(runs(job) and times_begun(job) for job in jobs))
        dead = host_of(engine, jobs[0])
        moved = [job for job in jobs if host_of(engine, job) == dead]
        engine.kill_host(dead)
        await until(lambda: all(times_begun(job) == 2 for job in moved))
        assert {host_of(engine, job) for job in jobs}.isdisjoint({dead})
        assert {job.status for job in jobs} == {JobStatus.RUNNING}
        for job in jobs:
            (tmp_path / f"go.{job.index}.{times_begun(job)}").write_text("0")
    for job in jobs:
        assert (job.status, job.trial_count) == (JobStatus.FINISHED, 0)
        assert job.stdout_file.read_text() == f"run {times_begun(job)}\n"
    assert [times_begun(job) for job in moved] == [2] * len(moved)
    assert engine.jobs() == []


async def test_one_that_is_cut_off_ends_when_its_other_run_does(
    tmp_path, engine, xqute, push, times_begun, next_look
):
    job = await push(sge_r="y")
    async with xqute:
        await until(lambda: runs(job) and times_begun(job))
        engine.kill_host(host_of(engine, job), leave_processes=True)
        await until(lambda: times_begun(job) == 2)
        (tmp_path / "go.0.1").write_text("3")
        await until(job.rc_file.exists)
        await next_look()
        assert job.status is JobStatus.RUNNING
        (tmp_path / "go.0.2").write_text("0")
    assert (job.status, job.rc) == (JobStatus.FINISHED, 0)


async def test_one_that_may_not_run_again_is_lost_when_its_host_is_back(
    engine, xqute, push, times_begun, next_look
):
    job = await push()
    async with xqute:
        await until(lambda: runs(job) and times_begun(job))
        number, dead = task_of(job)[0], host_of(engine, job)
        engine.kill_host(dead)
        await next_look()
        assert (engine.state(number), job.status) == ("r", JobStatus.RUNNING)
        engine.revive_host(dead)
    assert job.status is JobStatus.FAILED
    assert job.failure.kind is FailureKind.LOST
    assert "failed 19" in job.failure.detail
    assert times_begun(job) == 1
