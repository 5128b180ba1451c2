"""What SIGINT and SIGTERM do to a run."""

import os
import select
import signal
from pathlib import Path

import pytest

LOOPS = ["asyncio", "uvloop"]
SLEEP = """
xqute = Xqute(job_metadir="jobs", scheduler_forks=2, kill_grace=1)
jobs = [await xqute.push(["sleep", "60"]) for _ in range(3)]
try:
    await xqute.run_until_complete()
finally:
    print(*[job.status.value for job in jobs], flush=True)
"""
#: A program that SIGINT ends reports that to its parent, as a shell expects.
INTERRUPTED = (-signal.SIGINT, 130)


@pytest.fixture
def running(tmp_path, read, wait_until):
    """Waits until so many jobs run, and the program waits for them."""

    def wait(process, count=1, *, caught=True):
        for index in range(count):
            wait_until(
                lambda index=index: "RUNNING\n" in read(tmp_path / f"jobs/{index}/job.status")
            )
        # The program catches SIGTERM only while it waits.
        wait_until(lambda: not caught or catches(process, signal.SIGTERM))

    return wait


def catches(process, number):
    status = Path(f"/proc/{process.pid}/status").read_text()
    (mask,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")]
    return int(mask, 16) >> (number - 1) & 1


def after(process, *numbers):
    """Send signals, and return the exit status, the output and the errors."""
    for number in numbers:
        os.kill(process.pid, number)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.mark.parametrize("loop", LOOPS)
def test_t5_sigint_kills_the_jobs(program, running, left_over, loop):
    process = program(SLEEP, loop=loop)
    running(process, 2)
    code, said, errors = after(process, signal.SIGINT)
    assert code in INTERRUPTED
    assert said == "KILLED KILLED CANCELLED\n"
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert left_over() == set()


@pytest.mark.parametrize("loop", LOOPS)
def test_sigterm_kills_the_jobs(program, running, left_over, loop):
    process = program(SLEEP, loop=loop)
    running(process, 2)
    code, said, _ = after(process, signal.SIGTERM)
    assert code == 143
    assert said == "KILLED KILLED CANCELLED\n"
    assert left_over() == set()


def test_sigint_while_jobs_are_awaited_one_by_one(program, running, left_over):
    process = program("""
xqute = Xqute(job_metadir="jobs", scheduler_forks=2)
for command in (["true"], ["sleep", "60"], ["sleep", "60"]):
    await xqute.push(command)
async for job in xqute.as_completed():
    print(job.index, job.status.value, flush=True)
""")
    assert process.stdout.readline() == "0 FINISHED\n"
    running(process, 3)
    code, said, errors = after(process, signal.SIGINT)
    assert code in INTERRUPTED
    assert sorted(said.splitlines()) == ["1 KILLED", "2 KILLED"]
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert left_over() == set()


STUBBORN = """
xqute = Xqute(job_metadir="jobs", kill_grace=600)
job = await xqute.push(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"])
{wait}
"""
WAYS = {
    "run_until_complete": "await xqute.run_until_complete()",
    "as_completed": "async for job in xqute.as_completed(): pass",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_second_sigint_ends_the_run_at_once(program, running, tmp_path, read, wait_until, way):
    process = program(STUBBORN.format(wait=WAYS[way]))
    wait_until(lambda: read(tmp_path / "jobs/0/job.stdout"))
    running(process)
    os.kill(process.pid, signal.SIGINT)
    with pytest.raises(Exception, match="timed out"):
        process.wait(0.3)
    code, _, errors = after(process, signal.SIGINT)
    assert code in INTERRUPTED
    assert errors.rstrip().endswith("KeyboardInterrupt")


DETACH = """
xqute = Xqute(job_metadir="jobs", on_interrupt="detach")
job = await xqute.push(["sh", "-c", "echo ran >>ledger; until [ -e gate ]; do sleep 0.01; done"])
while job.status is not JobStatus.RUNNING:
    await asyncio.sleep(0.01)
print("up", flush=True)
try:
    {wait}
finally:
    print(job.status.value, job.resumed, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("way", WAYS)
def test_detached_jobs_go_on_and_are_taken_up(program, running, tmp_path, read, number, way):
    process = program(DETACH.format(wait=WAYS[way]))
    running(process)
    code, said, _ = after(process, number)
    assert code in (INTERRUPTED if number is signal.SIGINT else (143,))
    assert said == "up\nRUNNING False\n"

    process = program(DETACH.format(wait=WAYS[way]))
    assert process.stdout.readline() == "up\n"
    (tmp_path / "gate").touch()
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == "FINISHED True\n"
    assert read(tmp_path / "ledger") == "ran\n"


def test_a_hook_may_veto_a_shutdown(program, running, tmp_path, read, wait_until):
    process = program("""
class Veto:
    @simplug.impl
    async def on_shutdown(scheduler, consumer):
        print(len(consumer.waiting), len(consumer.running), flush=True)
        return False

xqute = Xqute(job_metadir="jobs", plugins=[Veto])
for _ in range(2):
    await xqute.push(["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"])
await xqute.run_until_complete()
print(*[job.status.value for job in xqute.jobs])
""")
    running(process)

    def asked():
        os.kill(process.pid, signal.SIGTERM)
        return select.select([process.stdout], [], [], 2)[0]

    for _ in range(2):
        # Each signal calls the hook again: a vetoed signal does not count as the first of two.
        # A signal that comes while the hook still runs belongs to the same shutdown.
        wait_until(asked)
        assert process.stdout.readline() == "1 1\n"
    (tmp_path / "gate").touch()
    out, _ = process.communicate(timeout=20)
    assert out.endswith("FINISHED FINISHED\n")
    assert process.returncode == 0


def test_former_handlers_are_put_back(program):
    process = program("""
import signal

def mine(*_):
    print("mine", flush=True)

def handlers():
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

signal.signal(signal.SIGTERM, mine)
before = handlers()
xqute = Xqute(job_metadir="jobs")
await xqute.push(["true"])
print(handlers() == before)
await xqute.run_until_complete()
print(handlers() == before)
signal.raise_signal(signal.SIGTERM)
""")
    out, _ = process.communicate(timeout=20)
    assert out == "True\nTrue\nmine\n"


def test_they_are_put_back_after_a_signal_too(program):
    process = program("""
import signal

def mine(*_):
    print("mine", flush=True)

async def interrupt():
    while job.status is not JobStatus.RUNNING or signal.getsignal(signal.SIGTERM) is mine:
        await asyncio.sleep(0.01)
    signal.raise_signal(signal.SIGTERM)

signal.signal(signal.SIGTERM, mine)
xqute = Xqute(job_metadir="jobs", kill_grace=1)
job = await xqute.push(["sleep", "60"])
interrupting = asyncio.create_task(interrupt())
try:
    await xqute.run_until_complete()
except SystemExit as error:
    print(error.code, flush=True)
signal.raise_signal(signal.SIGTERM)
""")
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == "143\nmine\n"


def test_outside_the_main_thread_nothing_is_installed(program):
    process = program("""
import signal, threading

def handlers():
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

async def inner():
    xqute = Xqute(job_metadir="jobs")
    job = await xqute.push(["sh", "-c", "until [ -e gate ]; do sleep 0.01; done"])
    waiting = asyncio.create_task(xqute.run_until_complete())
    while job.status is not JobStatus.RUNNING:
        await asyncio.sleep(0.01)
    print(handlers() == before)
    open("gate", "w").close()
    await waiting
    print(job.status.value)

before = handlers()
thread = threading.Thread(target=asyncio.run, args=[inner()])
thread.start()
thread.join()
""")
    out, _ = process.communicate(timeout=20)
    assert out == "True\nFINISHED\n"
    assert process.returncode == 0


IN_BETWEEN = """
async with Xqute(job_metadir="jobs", kill_grace=1) as xqute:
    job = await xqute.push(["sleep", "60"])
    try:
        print("up", flush=True)
        await asyncio.sleep(60)
    finally:
        print("left", flush=True)
"""


def test_sigint_before_jobs_are_awaited_kills_them_in_a_with_block(program, running, left_over):
    process = program(IN_BETWEEN)
    assert process.stdout.readline() == "up\n"
    running(process, caught=False)
    code, said, _ = after(process, signal.SIGINT)
    assert code in INTERRUPTED
    assert said == "left\n"
    assert left_over() == set()


def test_sigint_before_jobs_are_awaited_leaves_them_to_the_next_run_otherwise(
    program, tmp_path, read
):
    process = program(DETACH.format(wait="await asyncio.sleep(60)"))
    assert process.stdout.readline() == "up\n"
    code, said, _ = after(process, signal.SIGINT)
    assert code in INTERRUPTED
    assert said == "RUNNING False\n"

    process = program(DETACH.format(wait=WAYS["run_until_complete"]))
    assert process.stdout.readline() == "up\n"
    (tmp_path / "gate").touch()
    assert process.communicate(timeout=20)[0] == "FINISHED True\n"
    assert read(tmp_path / "ledger") == "ran\n"
