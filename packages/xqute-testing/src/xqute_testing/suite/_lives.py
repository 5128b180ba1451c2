"""A job has its statuses and hooks in order, each once, and in time."""

from __future__ import annotations

from xqute import Job, JobStatus, Xqute
from xqute_testing._recorder import Recorder
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage, exists

_HOOKS = Promise(
    "README.md: Hooks", "each hook is called at most once in an attempt, in the order of the states"
)
_RUNNING = Promise("Scheduler.job_states", "a job is reported as RUNNING while it runs")
_PENDING = Promise(
    "Scheduler.job_states", "a job that has not started is PENDING, neither RUNNING nor GONE"
)
_UID = Promise("Scheduler.submit_job", "the id that is returned means this one job")
_EARLY = Promise(
    "docs/on-disk.md: The files of a job", "a job may end before its id is known, and is FINISHED"
)
BEGUN = ["init", "queued", "submitted", "running"]


class States(Suite):
    """A job has its statuses and hooks in order, each once, and in time."""

    @quick
    async def test_a_job_that_succeeds(self, stage: Stage) -> None:
        """It is over in a moment, and still has every status and hook."""
        (job,) = await stage.run(["true"])
        _check(stage.recorder, job, [*BEGUN, "succeeded"])
        wanted = [*map(JobStatus, ("INIT", "QUEUED", "SUBMITTED", "RUNNING", "FINISHED"))]
        assert list(job.times) == wanted, _HOOKS.broken(f"its statuses were {list(job.times)}")
        assert stage.recorder.run == ["init", "complete"], _HOOKS.broken(stage.recorder.story)

    @quick
    async def test_a_job_that_fails(self, stage: Stage) -> None:
        """It runs, then it fails."""
        (job,) = await stage.run(["false"])
        _check(stage.recorder, job, [*BEGUN, "failed"])

    @quick
    async def test_many_jobs_each_have_their_hooks_once(self, stage: Stage) -> None:
        """The ids and hooks of jobs are not mixed up."""
        jobs = await stage.run(*(["true"] for _ in range(12)), scheduler_forks=4)
        for job in jobs:
            _check(stage.recorder, job, [*BEGUN, "succeeded"])
        _check_uids(stage)

    @quick
    async def test_a_job_is_running_while_it_runs(self, stage: Stage) -> None:
        """It is RUNNING before it has ended."""
        xqute, job = await _running(stage)
        assert stage.recorder.of(job) == BEGUN, _HOOKS.broken(stage.recorder.of(job))
        lock = job.lock_file.read_text().strip()
        assert lock == job.uid, _UID.broken(f"job.lock holds {lock!r}, and uid is {job.uid!r}")
        stage.open("gate")
        await stage.complete(xqute)
        _check(stage.recorder, job, [*BEGUN, "succeeded"])

    @quick
    async def test_a_job_that_ends_before_its_id_is_known(self, stage: Stage) -> None:
        """The submission returns its id only after the job has ended."""
        stage.instrument.late = lambda job: exists(job.rc_file)
        (job,) = await stage.run(["true"])
        assert job.status is JobStatus.FINISHED, _EARLY.broken(f"{job!r}: {job.failure}")
        _check(stage.recorder, job, [*BEGUN, "succeeded"])

    async def test_a_job_whose_script_is_slow_to_begin(self, stage: Stage) -> None:
        """A job whose script does not do anything yet is not given up."""
        stage.instrument.probe = lambda _: stage.until_open("begin")
        xqute = stage.producer()
        job = await xqute.push(["true"])
        await stage.until_status(job, JobStatus.SUBMITTED, _HOOKS)
        await stage.outlast(xqute, _PENDING)
        assert not job.status.terminal, _PENDING.broken(f"{job!r} ended: {job.failure}")
        stage.open("begin")
        await stage.complete(xqute)
        _check(stage.recorder, job, [*BEGUN, "succeeded"])

    @needs("hold")
    async def test_a_job_that_has_to_wait_is_not_running(self, stage: Stage) -> None:
        """The system starts no jobs for a while."""
        xqute = stage.producer()
        assert stage.under_test.system.hold is not None
        with stage.under_test.system.hold():
            job = await xqute.push(["true"])
            await stage.until_status(job, JobStatus.SUBMITTED, _HOOKS)
            await stage.outlast(xqute, _PENDING)
            assert job.status is JobStatus.SUBMITTED, _PENDING.broken(f"{job!r}: {job.failure}")
        await stage.complete(xqute)
        _check(stage.recorder, job, [*BEGUN, "succeeded"])


def _check(recorder: Recorder, job: Job, wanted: list[str]) -> None:
    seen = recorder.of(job)
    assert seen == wanted, _HOOKS.broken(f"{job!r} had {seen}, not {wanted}: {job.failure}")


def _check_uids(stage: Stage) -> None:
    uids = [uid for _, uid in stage.instrument.uids]
    assert all(uids), _UID.broken(f"an id was empty: {uids}")
    assert len(set(uids)) == len(uids), _UID.broken(f"one was given to several jobs: {uids}")


async def _running(stage: Stage) -> tuple[Xqute, Job]:
    xqute = stage.producer()
    job = await xqute.push(stage.shell(stage.until_open("gate")))
    await stage.until_status(job, JobStatus.RUNNING, _RUNNING)
    return xqute, job
