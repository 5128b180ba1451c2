"""N jobs that sleep, all at once, for a while: N FOLDER SECONDS."""

import asyncio
import json
import sys
import time

from xqute import JobStatus, Xqute


async def main(count: int, folder: str, while_: float) -> None:
    """Start the jobs, wait until all run, measure, and kill them."""
    xqute = Xqute(job_metadir=folder, scheduler_forks=count, kill_grace=1)
    for _ in range(count):
        await xqute.push(["sleep", "3600"])
    while not all(job.status is JobStatus.RUNNING for job in xqute.jobs):  # noqa: ASYNC110
        # No event tells when the last job has started.
        await asyncio.sleep(0.05)
    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(while_)
    share = (time.process_time() - cpu) / (time.perf_counter() - began)
    await asyncio.gather(*[job.kill() for job in xqute.jobs])
    await xqute.run_until_complete()
    print(json.dumps({"share": share}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
