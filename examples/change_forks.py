"""The number of slots changes while jobs run: many jobs at once at night, few by day."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import datetime

import anyio

from xqute import Xqute

CPUS = os.cpu_count() or 1


def forks_now() -> int:
    """Return how many jobs may run at once at this time of day."""
    by_day = 8 <= datetime.now().hour < 18
    return max(1, CPUS // 2) if by_day else CPUS


async def follow(xqute: Xqute, forks: Callable[[], int], *, interval: float = 60.0) -> None:
    """Set the number of slots of a run again and again, until cancelled.

    Args:
        xqute: The run.
        forks: Returns how many jobs may run at once.
        interval: Seconds between two calls of it.
    """
    while True:
        # More slots are used at once. With fewer, jobs that run go on, and the next one waits.
        xqute.forks = forks()
        await anyio.sleep(interval)


async def main() -> None:
    xqute = Xqute(scheduler_forks=forks_now())
    for number in range(20):
        await xqute.push(["sh", "-c", 'sleep 0.1; echo "$1"', "sh", number])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow, xqute, forks_now)
        async for job in xqute.as_completed():
            print(f"job {job.index}: {job.status.value}")
        tasks.cancel_scope.cancel()


if __name__ == "__main__":
    asyncio.run(main())
