"""A plugin that writes each move of each job as a line of JSON: a log for other programs to read.

Run it twice: the second run collects the jobs that the first one has finished.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TextIO

from xqute import Job, JobStatus, Scheduler, Xqute, simplug


class MovesAsJsonLines:
    """Writes one line for each move, at once, so that a crash loses none."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    @simplug.impl
    async def on_job_moved(
        self, scheduler: Scheduler, job: Job, before: JobStatus, after: JobStatus
    ) -> None:
        move = {
            "time": job.times[after],
            "job": job.index,
            "before": before.value,
            "after": after.value,
            "attempt": job.trial_count + 1,
            "uid": job.uid,
            "rc": job.rc,
            "failure": str(job.failure) if job.failure else None,
        }
        print(json.dumps(move), file=self.file, flush=True)


async def main(file: TextIO) -> None:
    async with Xqute(
        job_resume=True,
        job_error_strategy="retry",
        job_num_retries=1,
        job_retry_delay=0,
        plugins=[MovesAsJsonLines(file)],
    ) as xqute:
        await xqute.push(["true"])
        await xqute.push(["false"])
        # There is one slot, and another job has it: this one waits, and so is cancelled.
        waiting = await xqute.push(["true"])
        await waiting.kill()


if __name__ == "__main__":
    with Path("moves.jsonl").open("a") as log:
        asyncio.run(main(log))
