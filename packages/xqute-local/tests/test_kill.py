"""A kill ends the whole process tree: SIGTERM, then SIGKILL after `kill_grace` seconds."""

import asyncio

import pytest

from xqute import JobStatus

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]

# Each process that a test checks writes its PID into a file.
BACKGROUND = "sleep 60 & echo $! >child; echo $$ >self; wait"
DEAF = "trap '' TERM; echo $$ >self; while :; do sleep 0.05; done"
DEAF_CHILD = f'sh -c "{DEAF.replace("$$", chr(92) + "$$")}" & echo $! >child; wait'
OTHER_SESSION = "setsid sh -c 'echo $$ >child; sleep 60' & echo $$ >self; wait"
DEAF_IN_OTHER_SESSION = (
    "setsid sh -c \"trap '' TERM; echo \\$\\$ >child; while :; do sleep 0.05; done\" &"
    " echo $$ >self; wait"
)
TREES = {
    "children in the background": (BACKGROUND, ["child", "self"]),
    "a command that ignores SIGTERM": (DEAF, ["self"]),
    "a child that ignores SIGTERM": (DEAF_CHILD, ["child", "self"]),
    "a child in another session": (OTHER_SESSION, ["child", "self"]),
    "one in another session that ignores SIGTERM": (DEAF_IN_OTHER_SESSION, ["child", "self"]),
}


@pytest.fixture(params=TREES)
def tree(request):
    return TREES[request.param]


@pytest.fixture
def pids(folder, until, read):
    """Waits until a job has written the PIDs of all its processes, and returns them."""

    async def of(names):
        return [int(await until(lambda name=name: read(folder / name).strip())) for name in names]

    return of


async def test_a_kill_ends_the_whole_tree(producer, tree, pids, lives, left_over):
    script, names = tree
    async with producer(kill_grace=0.3) as xqute:
        job = await xqute.push(["sh", "-c", script])
        found = await pids(names)
        assert await job.kill()
        assert [pid for pid in found if lives(pid)] == []
    assert job.status is JobStatus.KILLED
    assert left_over() == set()


async def test_a_kill_ends_the_whole_tree_of_a_job_taken_up(
    left_running, producer, tree, pids, lives, left_over
):
    script, names = tree
    await left_running({"cmd": ["sh", "-c", script]})
    found = await pids(names)
    async with producer(kill_grace=0.3) as xqute:
        job = await xqute.push(["sh", "-c", script])
        assert await job.kill()
    assert [pid for pid in found if lives(pid)] == []
    assert left_over() == set()


async def test_a_shutdown_ends_the_whole_tree(producer, tree, pids, lives):
    script, names = tree

    async def interrupted():
        async with producer(kill_grace=0.3) as xqute:
            await xqute.push(["sh", "-c", script])
            found.extend(await pids(names))
            raise InterruptedError

    found = []
    with pytest.raises(InterruptedError):
        await interrupted()
    assert found
    assert [pid for pid in found if lives(pid)] == []


async def test_a_command_has_time_to_end_by_itself(producer, until, read, folder):
    tidy = "trap 'sleep 0.1; echo tidy >tidied; exit 3' TERM"
    script = f"{tidy}; echo $$ >self; while :; do sleep 0.01; done"
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", script])
        await until(lambda: read(folder / "self"))
        await job.kill()
    assert read(folder / "tidied") == "tidy\n"
    assert (job.status, job.rc) == (JobStatus.KILLED, 3)


async def test_a_kill_is_written_down(producer, until, read):
    async with producer() as xqute:
        job = await xqute.push(["sleep", "60"])
        await until(lambda: "RUNNING" in read(job.status_file))
        await job.kill()
    assert read(job.status_file).splitlines()[-1] == "KILLED"
    assert job.lock_file.read_text() == ""


async def test_a_job_killed_at_once_is_gone_and_never_runs(producer, folder, left_over):
    cmd = ["sh", "-c", "sleep 60; echo ran >>ran"]
    async with producer(scheduler_forks=9, kill_grace=0.5) as xqute:
        jobs = [await xqute.push(cmd) for _ in range(9)]
        await asyncio.gather(*[job.kill() for job in jobs])
    assert {job.status for job in jobs} <= {JobStatus.KILLED, JobStatus.CANCELLED}
    assert left_over() == set()
    assert not (folder / "ran").exists()


async def test_other_jobs_are_left_alone(producer, until):
    async with producer(scheduler_forks=2) as xqute:
        first = await xqute.push(["sleep", "60"])
        second = await xqute.push(["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"])
        await until(lambda: second.status is JobStatus.RUNNING)
        await first.kill()
        (second.metadir.parents[1] / "gate").touch()
    assert second.status is JobStatus.FINISHED


async def test_what_a_job_that_succeeds_leaves_running_is_left(producer, lives, read, folder):
    # A job may start a daemon. Its processes are only ended if it was killed or died.
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", f"sh -c 'sleep 60' '{folder}' & echo $! >child"])
    assert job.status is JobStatus.FINISHED
    assert lives(read(folder / "child"))
