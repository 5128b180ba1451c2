"""Kills a controller at each of its steps in turn, and prints what its jobs did in the end.

A step is an audit event (Python's audit events table): a file is opened, made, moved or removed, or
a process started. Argument: an empty folder, whose file system should be fast.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from xqute import Xqute

STEPS = ("open", "os.", "shutil.")
JOBS = [
    ["sh", "-c", "echo good >>ledger"],
    ["sh", "-c", "mkdir tried 2>/dev/null && exit 1; echo second >>ledger"],
]


async def main(steps: int | None) -> None:
    retry = {"job_error_strategy": "retry", "job_retry_delay": 0}
    xqute = Xqute(job_resume=True, scheduler_forks=2, **retry)
    die_at(steps)
    for job in JOBS:
        await xqute.push(job)
    await xqute.run_until_complete()
    assert [job.rc for job in xqute.jobs] == [0, 0], xqute.jobs


def die_at(steps: int | None) -> None:
    def count(event: str, _args: object) -> None:
        nonlocal steps
        if steps is not None and event.startswith(STEPS):
            steps -= 1
            if steps == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def run(steps: int | None) -> int:
    """Run a controller as a process of its own, and return its exit status."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            asyncio.run(main(steps))
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def sweep(folder: Path) -> list[tuple[int, list[str]]]:
    """Return for each step how the run after the kill has ended, and the lines of the jobs."""
    outcomes = []
    killed = True
    while killed:
        here = folder / str(len(outcomes))
        here.mkdir()
        os.chdir(here)
        killed = run(len(outcomes) + 1) == -signal.SIGKILL
        last = run(None)
        outcomes.append((last, sorted(Path("ledger").read_text().split())))
    return outcomes


print(json.dumps(sweep(Path(sys.argv[1]))))
