"""N x `true` through xqute: N FOLDER FORKS [SCRIPT]; a wrapped script is copied to SCRIPT."""

import asyncio
import json
import resource
import shutil
import sys
import time
from pathlib import Path

from xqute import JobStatus, Xqute


def resident() -> int:
    """Return the resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def main(count: int, folder: str, forks: int) -> None:
    """Run the jobs, check every one, and report."""
    before = resident()
    began = time.perf_counter()
    xqute = Xqute(job_metadir=folder, scheduler_forks=forks)
    for _ in range(count):
        await xqute.push(["true"])
    jobs = await xqute.run_until_complete()
    took = time.perf_counter() - began
    grown = resident() - before
    used = resource.getrusage(resource.RUSAGE_SELF)
    if not all(job.status is JobStatus.FINISHED and job.rc == 0 for job in jobs):
        raise SystemExit("not all jobs have finished")
    report = {
        "rate": count / took,
        "cpu": (used.ru_utime + used.ru_stime) / count,
        "memory": grown / count,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
    if len(sys.argv) > 4:
        shutil.copy(f"{sys.argv[2]}/0/job.wrapped.local", sys.argv[4])
