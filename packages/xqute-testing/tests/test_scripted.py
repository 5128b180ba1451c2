"""The scheduler that runs no processes: every outcome, one job after the other, in order."""

import asyncio

import pytest

from xqute import FailureKind, Halted, InvalidType, InvalidValue, JobStatus, Usage, Xqute, simplug
from xqute_testing.scripted import fails, killed, runs, succeeds

pytestmark = pytest.mark.anyio
BEGUN = "init queued submitted running"


@pytest.fixture
def make(tmp_path, recorder, no_hook_plugins):
    """Makes producers with the scheduler `scripted` whose hooks are recorded."""

    def make(**options):
        given = {"job_metadir": tmp_path, "plugins": [recorder], "job_retry_delay": 0}
        return Xqute("scripted", **given | options)

    return make


async def push(xqute, count):
    for _ in range(count):
        await xqute.push(["no such program"])


async def run(xqute, count):
    async with xqute:
        await push(xqute, count)
    return xqute.jobs


@pytest.mark.parametrize("forks", [1, 3, 100])
async def test_jobs_do_what_the_script_says(make, recorder, forks):
    script = {3: [fails(), fails(7)], 5: killed()}
    jobs = await run(make(script=script, scheduler_forks=forks, job_error_strategy="retry"), 6)
    again = "queued submitted running"
    recorder.check(
        f"""
        run: init complete
        0: {BEGUN} succeeded
        3: {BEGUN} failed retrying | {again} failed retrying | {again} succeeded
        4: {BEGUN} succeeded
        5: {BEGUN} killing killed
        """
    )
    assert [job.rc for job in jobs] == [0, 0, 0, 0, 0, None]
    assert (jobs[3].retry_dir / "2/job.rc").read_text() == "7\n"


async def test_with_no_script_all_succeed(make):
    jobs = await run(make(), 3)
    assert {job.status for job in jobs} == {JobStatus.FINISHED}


async def test_one_outcome_is_that_of_every_attempt(make, recorder):
    options = {"job_error_strategy": "retry", "job_num_retries": 2}
    (job,) = await run(make(script={0: fails(9)}, **options), 1)
    assert (job.status, job.rc, job.trial_count) == (JobStatus.FAILED, 9, 2)


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.EXIT])
async def test_every_kind_of_failure(make, recorder, kind):
    used = Usage(wall=12.5, peak_memory=7)
    (job,) = await run(make(script={0: fails(kind, "for a test", usage=used)}), 1)
    assert (job.status, job.rc) == (JobStatus.FAILED, None)
    assert (job.failure.kind, job.failure.detail) == (kind, "for a test")
    seen = {FailureKind.REJECTED: "init queued", FailureKind.NEVER_STARTED: "init queued submitted"}
    recorder.check(f"0: {seen.get(kind, BEGUN)} failed")
    assert job.usage == (None if kind is FailureKind.REJECTED else used)


async def test_a_signal(make):
    (job,) = await run(make(script={0: fails(137)}), 1)
    assert (job.rc, job.failure.kind) == (137, FailureKind.SIGNAL)


async def test_what_a_job_writes_and_uses(make):
    used = Usage(cpu=3.0)
    script = {0: succeeds(stdout="out\n", stderr="err\n", usage=used), 1: succeeds()}
    first, second = await run(make(script=script), 2)
    assert (await first.stdout(), await first.stderr(), first.usage) == ("out\n", "err\n", used)
    assert (await second.stdout(), second.usage.wall >= 0) == ("", True)


async def test_a_veto_keeps_a_job_from_being_killed(make, recorder):
    recorder.vetoes.add("killing")
    (job,) = await run(make(script={0: killed()}), 1)
    assert job.status is JobStatus.FINISHED
    recorder.check(f"0: {BEGUN} killing succeeded")


async def test_a_job_that_runs_until_the_test_kills_it(make, recorder):
    async with make(script={0: runs(stdout="here\n")}, scheduler_forks=2) as xqute:
        await push(xqute, 3)
        await xqute.jobs[2].wait()
        job = xqute.jobs[0]
        assert (job.status, await job.stdout()) == (JobStatus.RUNNING, "here\n")
        assert await xqute.scheduler.job_is_running(job)
        assert await job.kill()
        assert not await xqute.scheduler.job_is_running(job)
    recorder.check(f"0: {BEGUN} killing killed")


async def test_halt_kills_what_runs(make):
    xqute = make(script={0: runs(), 1: fails(4)}, scheduler_forks=2, job_error_strategy="halt")
    with pytest.raises(Halted) as halted:
        await run(xqute, 3)
    assert halted.value.job.index == 1
    assert [job.status.value for job in xqute.jobs] == ["KILLED", "FAILED", "CANCELLED"]


async def test_what_has_finished_can_be_collected_by_the_next_run(make, recorder):
    await run(make(script={1: fails()}), 2)
    recorder.clear()
    first, second = await run(make(job_resume=True), 2)
    assert (first.resumed, second.resumed) == (True, False)
    recorder.check(f"0: init succeeded\n1: {BEGUN} succeeded")


# --- the order ---


@pytest.mark.parametrize("slow", [False, True], ids=["quick hooks", "slow hooks"])
async def test_jobs_go_in_the_order_that_was_set(make, recorder, slow):
    class Slow:
        @simplug.impl
        async def on_job_succeeded(self, scheduler, job):
            await asyncio.sleep(0.01 * (3 - job.index))

    plugins = [Slow(), recorder] if slow else [recorder]
    await run(make(order=[2, 0], scheduler_forks=4, plugins=plugins), 4)
    story = [call for call in recorder.story if call.split()[0] in ("running", "succeeded")]
    assert story == [
        f"{hook} {index}" for index in (2, 0, 1, 3) for hook in ("running", "succeeded")
    ]


async def test_all_attempts_of_a_job_are_one_turn_when_there_is_room(make, recorder):
    options = {"job_error_strategy": "retry", "job_retry_delay": 0.05}
    await run(make(script={0: [fails(), fails()]}, scheduler_forks=3, **options), 3)
    assert recorder.jobs("running") == [0, 0, 0, 1, 2]


async def test_a_job_that_waits_for_another_attempt_holds_nobody_up(make, recorder):
    options = {"job_error_strategy": "retry", "job_retry_delay": 0.05}
    await run(make(script={0: [fails()]}, scheduler_forks=1, **options), 3)
    assert sorted(recorder.jobs("succeeded")) == [0, 1, 2]
    assert recorder.jobs("succeeded")[0] == 1


async def test_a_job_that_is_refused_has_had_its_turn(make, recorder):
    script = {2: fails(FailureKind.REJECTED)}
    await run(make(script=script, order=[2, 1], scheduler_forks=3), 3)
    assert recorder.jobs("succeeded") == [1, 0]


async def test_an_order_that_needs_more_slots_is_an_error(make):
    with pytest.raises(InvalidValue) as raised:
        await run(make(order=[1], scheduler_forks=1), 2)
    assert "scheduler_forks=1 is too few" in str(raised.value)


async def test_an_order_with_a_job_that_nobody_pushes_is_an_error(make):
    xqute = make(order=[7], scheduler_forks=2)
    xqute.scheduler.longest_wait = 0.05
    with pytest.raises(InvalidValue) as raised:
        await run(xqute, 1)
    assert "job 7 is to go first" in str(raised.value)


async def test_hundreds_of_jobs_keep_their_order(make, recorder):
    await run(make(scheduler_forks=300), 300)
    assert recorder.jobs("succeeded") == list(range(300))


# --- bad input ---


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"script": [fails()]}, InvalidType, "script maps indexes of jobs to outcomes"),
        ({"script": {0: 1}}, InvalidType, "script has an outcome for a job"),
        ({"script": {"0": fails()}}, InvalidType, "script has an outcome for a job"),
        ({"order": 3}, InvalidType, "order is a list of indexes"),
        ({"order": [1, 1]}, InvalidValue, "twice"),
        ({"orders": [1]}, InvalidValue, "did you mean 'order'"),
    ],
)
async def test_a_bad_option(make, options, error, says):
    with pytest.raises(error, match=says):
        make(**options)


@pytest.mark.parametrize(
    ("why", "error"),
    [(0, InvalidValue), (256, InvalidValue), ("x", InvalidType), (FailureKind.EXIT, InvalidValue)],
)
def test_a_bad_failure(why, error):
    with pytest.raises(error):
        fails(why)
