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


BUSY = """
import time
async with Xqute(job_metadir="jobs", kill_grace=1) as xqute:
    await xqute.push(["sleep", "60"])
    await asyncio.sleep(0.1)
    print("in", flush=True)
    end = time.monotonic() + 40
    while time.monotonic() < end:
        sum(range(1000))
"""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(
    # One signal too many may come when the handlers are restored already.
    ("number", "codes"),
    [(signal.SIGINT, (-2, 130)), (signal.SIGTERM, (143, -15))],
)
def test_more_signals_end_a_program_whose_loop_is_busy(
    program, tmp_path, read, wait_until, loop, number, codes
):
    process = program(BUSY, loop=loop)
    assert process.stdout.readline() == "in\n"
    wait_until(lambda: "RUNNING\n" in read(tmp_path / "jobs/0/job.status"))

    def ended_by_another_signal():
        process.send_signal(number)
        return process.poll() is not None

    wait_until(ended_by_another_signal)
    assert process.returncode in codes


TWO_RUNS = """
async def one(name, ends):
    async with Xqute(job_metadir=name, kill_grace=1) as xqute:
        job = await xqute.push(["sh", "-c", "until [ -e end ]; do sleep 0.02; done"])
        ready.append(name)
        if ends:
            await end_first.wait()
            await job.kill()
        else:
            await asyncio.Event().wait()
    return job.status.value

ready, end_first = [], asyncio.Event()
first = asyncio.create_task(one("a", True))
second = asyncio.create_task(one("b", False))
while len(ready) < 2:
    await asyncio.sleep(0.01)
end_first.set()
print(await first, flush=True)
try:
    await second
finally:
    print("second is over", flush=True)
"""


@pytest.mark.parametrize(
    ("number", "codes"), [(signal.SIGINT, (-2, 130)), (signal.SIGTERM, (143,))]
)
def test_a_run_is_interrupted_after_another_one_has_ended(program, left_over, number, codes):
    process = program(TWO_RUNS)
    assert process.stdout.readline() == "KILLED\n"
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    assert process.returncode in codes
    assert said == "second is over\n"
    assert left_over() == set()
