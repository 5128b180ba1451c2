"""N jobs that wait while one job sleeps in the only slot: N FOLDER."""

import asyncio
import gc
import json
import resource
import sys
from pathlib import Path

from xqute import Xqute


def resident() -> int:
    """Return the resident memory of this process, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def main(count: int, folder: str) -> None:
    """Push the jobs, report the memory, and kill them."""
    xqute = Xqute(job_metadir=folder, scheduler_forks=1)
    first = await xqute.push(["sleep", "3600"])
    # Each command differs from the others, as in real runs.
    for index in range(1000):
        await xqute.push(["process", f"--input=data/sample-{index:06}.txt"])
    before = resident()
    for index in range(count):
        await xqute.push(["process", f"--input=data/sample-{index:06}.txt"])
    grown = resident() - before
    print(json.dumps({"memory": grown / count}))
    for job in xqute.jobs[1:]:
        await job.kill()
    await first.kill()
    await xqute.run_until_complete()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
