"""What `Xqute` takes, pushes and yields."""

import anyio
import pytest

from xqute import (
    InvalidType,
    InvalidValue,
    JobStatus,
    MetadirError,
    MetadirInUse,
    NoRunningLoop,
    PluginError,
    RunEnded,
    SchedulerNotFound,
    Xqute,
    simplug,
)

pytestmark = pytest.mark.anyio
S = JobStatus


class TestWhatCannotBeUsed:
    """It is a clear error at the call that brought it, and nothing is written."""

    @pytest.fixture(autouse=True)
    def _nothing_is_written(self, tmp_path):
        yield
        left = [path for path in tmp_path.rglob("*") if path.name != "producer.lock"]
        assert left in ([], [tmp_path / "jobs"])

    def test_no_running_loop(self, make, tmp_path):
        with pytest.raises(NoRunningLoop, match=r"asyncio\.run"):
            make()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("arguments", "error", "says"),
        [
            (
                {"shel": "sh"},
                InvalidValue,
                r"no option 'shel'; did you mean 'shell'\? it has: cwd, env",
            ),
            ({"shell": "/no/such/shell"}, InvalidValue, "not installed"),
            ({"shell": 1}, InvalidType, "shell"),
            ({"env": {"a=b": "c"}}, InvalidValue, "a=b"),
            ({"env": {"": "c"}}, InvalidValue, "empty"),
            ({"env": {"a": "b\0"}}, InvalidValue, "NUL"),
            ({"env": "a=b"}, InvalidType, "mapping"),
            ({"cwd": "/no/such/folder"}, InvalidValue, "/no/such/folder"),
            ({"kill_grace": -1}, InvalidValue, "kill_grace"),
            ({"kill_grace": "long"}, InvalidType, "kill_grace"),
            ({"job_error_strategy": "again"}, InvalidValue, "'ignore', 'retry' and 'halt'"),
            ({"job_num_retries": -1}, InvalidValue, "job_num_retries"),
            ({"job_num_retries": "3"}, InvalidType, "job_num_retries"),
            ({"job_retry_delay": -0.5}, InvalidValue, "job_retry_delay"),
            ({"scheduler_forks": 0}, InvalidValue, "1 or more"),
            ({"scheduler_forks": -1}, InvalidValue, "1 or more"),
            ({"scheduler_forks": 1.5}, InvalidType, "int"),
            ({"scheduler_forks": True}, InvalidType, "int"),
            ({"hook_timeout": 0}, InvalidValue, "hook_timeout"),
            ({"hook_timeout": "long"}, InvalidType, "hook_timeout"),
            ({"on_interrupt": "ignore"}, InvalidValue, "'kill', 'detach' or None"),
            ({"plugins": ["-unknown"]}, PluginError, "unknown"),
            ({"plugins": ["no_such_module"]}, PluginError, "no_such_module"),
            ({"job_metadir": None}, InvalidType, "job_metadir"),
            ({"job_metadir": b"jobs"}, InvalidType, "job_metadir"),
            ({"job_metadir": "a\0b"}, InvalidValue, "NUL"),
            ({"job_metadir": ""}, InvalidValue, "job_metadir"),
            ({"job_metadir": "\ud800"}, InvalidValue, "job_metadir"),
        ],
        ids=str,
    )
    async def test_arguments_of_the_producer(self, make, tmp_path, arguments, error, says):
        with pytest.raises(error, match=says):
            make(**arguments)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("scheduler", ["no-such-scheduler", ""])
    async def test_an_unknown_scheduler(self, tmp_path, scheduler):
        with pytest.raises(SchedulerNotFound):
            Xqute(scheduler, job_metadir=tmp_path / "jobs")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("scheduler", [None, 1, int, object()])
    async def test_no_scheduler(self, tmp_path, scheduler):
        with pytest.raises(InvalidType, match="subclass of Scheduler"):
            Xqute(scheduler, job_metadir=tmp_path / "jobs")
        assert list(tmp_path.iterdir()) == []

    async def test_every_error_is_an_error_of_python_too(self, make):
        async with make() as xqute:
            with pytest.raises(TypeError):
                await xqute.push("echo 1")
            with pytest.raises(ValueError, match="empty"):
                await xqute.push([])
            with pytest.raises(ValueError, match="option"):
                await xqute.push(["exit", 0], unknown=1)

    async def test_a_metadir_that_is_a_file(self, make):
        with pytest.raises(MetadirError, match="not a folder"):
            make(job_metadir="/etc/passwd")

    async def test_a_metadir_that_cannot_be_made(self, make):
        with pytest.raises(MetadirError, match=r"can't be used.*job_metadir="):
            make(job_metadir="/proc/jobs")

    async def test_a_metadir_in_use(self, make):
        async with make():
            with pytest.raises(MetadirInUse, match=r"process \d+ on host"):
                make()

    async def test_a_push_after_the_end(self, make):
        xqute = make()
        await xqute.run_until_complete()
        with pytest.raises(RunEnded, match="create another Xqute"):
            await xqute.push(["exit", 0])


# --- as_completed, and pushes that fail ----------------------------------------------------------


async def test_as_completed_yields_in_the_order_of_ends(make, until):
    xqute = make(scheduler_forks=3)
    jobs = [await xqute.push(["run"]) for _ in range(3)]
    await until(lambda: all(job.status is S.RUNNING for job in jobs))
    order = [jobs[2], jobs[0], jobs[1]]
    xqute.scheduler.end(order[0])
    seen = []
    async for job in xqute.as_completed():
        seen.append(job)
        if len(seen) < 3:
            xqute.scheduler.end(order[len(seen)])
    assert seen == order
    with pytest.raises(RunEnded):
        await xqute.push(["exit", 0])


async def test_as_completed_yields_what_ended_before_and_what_is_pushed_meanwhile(make):
    xqute = make()
    await (await xqute.push(["exit", 0])).wait()
    seen = []
    async for job in xqute.as_completed():
        seen.append(job.index)
        if len(seen) < 3:
            await xqute.push(["exit", 0])
    assert seen == [0, 1, 2]


async def test_as_completed_without_jobs_ends(make):
    assert [job async for job in make().as_completed()] == []


async def test_as_completed_yields_each_job_once_whatever_its_retries(make):
    xqute = make(job_error_strategy="retry", job_num_retries=2)
    await xqute.push(["exit", 1])
    assert [job.trial_count async for job in xqute.as_completed()] == [2]


@pytest.fixture
def open_to_all(tmp_path):
    """Makes the folder of a job one that anybody may change, so that it can't be pushed."""

    def make_folder(index):
        folder = tmp_path / "jobs" / str(index)
        folder.mkdir()
        folder.chmod(0o777)
        return folder

    return make_folder


async def test_a_push_that_fails_is_not_yielded(make, open_to_all):
    xqute = make()
    await xqute.push(["exit", 0])
    open_to_all(1)
    seen = []
    async for job in xqute.as_completed():
        seen.append(job)
        with pytest.raises(MetadirError, match="job 1"):
            await xqute.push(["exit", 0])
    assert seen == xqute.jobs


async def test_a_push_that_fails_gives_its_index_back(make, open_to_all):
    xqute = make()
    folder = open_to_all(0)
    with pytest.raises(MetadirError, match="job 0"):
        await xqute.push(["exit", 0])
    folder.rmdir()
    job = await xqute.push(["exit", 0])
    assert job.index == 0
    assert await xqute.run_until_complete() == [job]


# --- forks, read and set while the run goes on ---------------------------------------------------


async def test_more_forks_start_more_jobs_at_once(make, until, fake):
    async with make(scheduler_forks=1) as xqute:
        jobs = [await xqute.push(["run"]) for _ in range(4)]
        await until(lambda: jobs[0].status is S.RUNNING)
        assert xqute.forks == 1
        xqute.forks = 3
        assert xqute.forks == xqute.scheduler.forks == 3
        await until(lambda: [job.status for job in jobs] == [S.RUNNING] * 3 + [S.QUEUED])
        xqute.forks = 4
        await until(lambda: jobs[3].status is S.RUNNING)
        for job in jobs:
            xqute.scheduler.end(job)


async def test_with_fewer_forks_none_starts_until_there_are_fewer_jobs(make, until, fake):
    async with make(scheduler_forks=3) as xqute:
        jobs = [await xqute.push(["run"]) for _ in range(5)]
        await until(lambda: all(job.status is S.RUNNING for job in jobs[:3]))
        xqute.forks = 1
        for job in jobs[:2]:
            xqute.scheduler.end(job)
            await job.wait()
            await anyio.wait_all_tasks_blocked()
            assert xqute.scheduler.submitted == [0, 1, 2]
        xqute.scheduler.end(jobs[2])
        await until(lambda: jobs[3].status is S.RUNNING)
        assert jobs[4].status is S.QUEUED
        xqute.scheduler.end(jobs[3])
        await until(lambda: jobs[4].status is S.RUNNING)
        xqute.scheduler.end(jobs[4])


async def test_forks_may_be_set_before_anything_runs(make):
    xqute = make(scheduler_forks=1)
    xqute.forks = 2
    await xqute.push(["exit", 0])
    await xqute.run_until_complete()
    xqute.forks = 3
    assert xqute.forks == 3


@pytest.mark.parametrize(
    ("forks", "error"),
    [(0, InvalidValue), (-1, InvalidValue), (1.0, InvalidType), ("2", InvalidType),
     (True, InvalidType), (None, InvalidType)],
)  # fmt: skip
async def test_forks_that_cannot_be_are_refused_where_they_are_set(make, forks, error):
    xqute = make(scheduler_forks=2)
    with pytest.raises(error, match="scheduler_forks"):
        xqute.forks = forks
    assert xqute.forks == 2
    await xqute.run_until_complete()


# --- the run as a whole --------------------------------------------------------------------------


async def test_the_jobs_are_counted_by_state(make, until, fake):
    async with make(scheduler_forks=1) as xqute:
        assert (xqute.counts, repr(xqute).endswith(": no jobs>")) == ({}, True)
        running = await xqute.push(["run"])
        await xqute.push(["exit", 0])
        await until(lambda: running.status is JobStatus.RUNNING)
        assert xqute.counts == {JobStatus.RUNNING: 1, JobStatus.QUEUED: 1}
        folder = str(xqute.scheduler.job_metadir)
        assert repr(xqute) == f"<Xqute fake {folder!r}: 1 RUNNING, 1 QUEUED>"
        xqute.scheduler.end(running)
    assert xqute.counts == {JobStatus.FINISHED: 2}


async def test_all_jobs_are_killed_and_the_run_goes_on(make, until, fake):
    async with make(scheduler_forks=2) as xqute:
        jobs = [await xqute.push(["run"]) for _ in range(4)]
        await until(lambda: jobs[1].status is JobStatus.RUNNING)
        assert await xqute.kill_all() == 4
        assert xqute.counts == {JobStatus.KILLED: 2, JobStatus.CANCELLED: 2}
        assert await xqute.kill_all() == 0
        after = await xqute.push(["exit", 0])
    assert after.status is JobStatus.FINISHED
    assert await xqute.kill_all() == 0


async def test_a_kill_of_all_that_is_vetoed_says_how_many_were_killed(make, until, fake):
    class Veto:
        @simplug.impl
        async def on_job_killing(self, scheduler, job):
            return job.name != "stays"

    async with make(scheduler_forks=2, plugins=[Veto()]) as xqute:
        stays = await xqute.push(["run"], name="stays")
        goes = await xqute.push(["run"])
        await until(lambda: goes.status is stays.status is JobStatus.RUNNING)
        assert await xqute.kill_all() == 1
        assert (stays.status, goes.status) == (JobStatus.RUNNING, JobStatus.KILLED)
        xqute.scheduler.end(stays)


async def test_an_attribute_that_is_not_there_cannot_be_set(make, fake):
    async with make() as xqute:
        with pytest.raises(AttributeError, match="scheduler_forks"):
            xqute.scheduler_forks = 4


async def test_failures_are_told_at_the_end_in_one_warning(make, fake, caplog):
    async with make() as xqute:
        for rc in (0, 3, 0, 4):
            await xqute.push(["exit", rc])
        await xqute.push(["vanish"])
    (told,) = [record for record in caplog.records if "failed (" in record.getMessage()]
    first = xqute.jobs[1]
    assert told.levelname == "WARNING"
    assert told.getMessage() == (
        f"3 of 5 jobs failed (2 EXIT, 1 NEVER_STARTED); the first failure: EXIT: exit status 3, "
        f"see {first.metadir}"
    )


async def test_where_nothing_failed_nothing_is_told(make, fake, caplog):
    async with make() as xqute:
        await xqute.push(["exit", 0])
    assert caplog.records == []
