"""A plugin: it protects some jobs from being killed, and writes a report when all is done."""

from __future__ import annotations

import asyncio

from xqute import Job, Scheduler, Xqute, simplug


class Report:
    """Keeps a line for each attempt that ended, and prints them all at the end of the run."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @simplug.impl
    async def on_job_succeeded(self, scheduler: Scheduler, job: Job) -> None:
        self.lines.append(f"job {job.index} succeeded in attempt {job.trial_count + 1}")

    @simplug.impl
    async def on_job_failed(self, scheduler: Scheduler, job: Job) -> None:
        said = (await job.stderr()).strip()
        self.lines.append(f"job {job.index} failed, {job.failure}: {said}")

    @simplug.impl
    async def on_job_killing(self, scheduler: Scheduler, job: Job) -> bool:
        # False is a veto.
        return job.name != "precious"

    @simplug.impl
    async def on_complete(self, scheduler: Scheduler) -> None:
        print(f"scheduler {scheduler.name!r} is done:")
        for line in sorted(self.lines):
            print(f"  {line}")


# Fails in its first attempt: job.retry/ comes with the second, and holds what the first has left.
FLAKY = '[ -d "$1/0/job.retry" ] || { echo "not yet" >&2; exit 3; }'


async def main() -> None:
    xqute = Xqute(
        scheduler_forks=2,
        job_error_strategy="retry",
        job_retry_delay=0.1,
        plugins=[Report()],
    )
    await xqute.push(["sh", "-c", FLAKY, "sh", xqute.scheduler.job_metadir])
    precious = await xqute.push(["sh", "-c", "echo begun; sleep 0.5"], name="precious")
    # One that still waits for a slot is cancelled, and no hook is asked.
    await anext(precious.lines())
    print(f"killed: {await precious.kill()}, it is {precious.status.value}")
    await xqute.run_until_complete()


if __name__ == "__main__":
    asyncio.run(main())
