"""What SIGINT and SIGTERM do inside `async with Xqute(...)`, whatever the block waits for."""

import os
import signal

import pytest

BLOCK = """
try:
    async with Xqute(job_metadir="jobs", on_interrupt=args[0], kill_grace=1) as xqute:
        job = await xqute.push(["sleep", "60"])
        print("in", flush=True)
        await asyncio.Event().wait()
finally:
    print(job.status.value, flush=True)
"""


@pytest.fixture
def signalled(program, tmp_path, read, wait_until):
    """Starts the program, sends a signal once its job runs, and returns how it ended."""

    def run(body, number, *args, loop="asyncio"):
        process = program(body, *args, loop=loop)
        assert process.stdout.readline() == "in\n"
        wait_until(lambda: "RUNNING\n" in read(tmp_path / "jobs/0/job.status"))
        os.kill(process.pid, number)
        out, _ = process.communicate(timeout=20)
        return process.returncode, out

    return run


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("number", "codes"), [(signal.SIGINT, (-2, 130)), (signal.SIGTERM, (143,))]
)
def test_the_jobs_are_killed_and_the_block_is_left(signalled, left_over, loop, number, codes):
    code, said = signalled(BLOCK, number, "kill", loop=loop)
    assert code in codes
    assert said == "KILLED\n"
    assert left_over() == set()


@pytest.mark.parametrize(
    ("number", "codes"), [(signal.SIGINT, (-2, 130)), (signal.SIGTERM, (143,))]
)
def test_detached_jobs_go_on(signalled, left_over, number, codes):
    code, said = signalled(BLOCK, number, "detach")
    assert code in codes
    assert said == "RUNNING\n"
    assert len(left_over()) == 1


def test_a_vetoed_shutdown_leaves_the_block_alone(program, tmp_path, read, wait_until):
    process = program(
        """
class Veto:
    @simplug.impl
    async def on_shutdown(self, scheduler, consumer):
        print("vetoed", flush=True)
        return False

async with Xqute(job_metadir="jobs", plugins=[Veto()]) as xqute:
    await xqute.push(["true"])
    print("in", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print("done", flush=True)
""",
        stdin=-1,
    )
    assert process.stdout.readline() == "in\n"
    os.kill(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "vetoed\n"
    out, _ = process.communicate("go\n", timeout=20)
    assert (process.returncode, out) == (0, "done\n")
