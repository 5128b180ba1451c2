"""A scheduler for task-spooler in three methods. It works as long as nothing goes wrong."""

import asyncio
import os
import subprocess

import anyio

from xqute import Job, Scheduler, Xqute


async def tsp(*words: str | None) -> str:
    ended = await anyio.run_process(["tsp", *map(str, words)], stdin=subprocess.DEVNULL)
    return os.fsdecode(ended.stdout).strip()


class TspJob(Job):
    def wrap_cmd(self, scheduler: Scheduler) -> str:
        return self.render_script(scheduler)


class TspScheduler(Scheduler):
    name = "tsp"
    job_class = TspJob

    async def submit_job(self, job: Job) -> str:
        return await tsp(str(job.script_file))  # prints the number of the job

    async def kill_job(self, job: Job) -> None:
        await tsp("-k", job.uid)

    async def job_is_running(self, job: Job) -> bool:
        return await tsp("-s", job.uid) in ("queued", "running")


async def main() -> None:
    async with Xqute(TspScheduler) as xqute:
        await xqute.push(["echo", "hello"])
        await xqute.push(["sh", "-c", "exit 3"])
        slow = await xqute.push(["sh", "-c", "echo begun; exec sleep 60"])
        await anext(slow.lines())
        await slow.kill()
    for job in xqute.jobs:
        print(job.index, job.status.value, job.rc)


if __name__ == "__main__":
    asyncio.run(main())
