"""A plugin that protects some jobs from being killed, and prints a report at the end of the run."""

from __future__ import annotations

import asyncio

from xqute import Job, Scheduler, Xqute, simplug


class Report:
    """Collects a line for each attempt that has ended, and prints them at the end of the run."""

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


# Fails in its first attempt: job.retry/ is created for the second, with the files of the first.
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
    # Wait until the job runs: a job that waits for a slot is cancelled, and its hook is not called.
    await anext(precious.lines())
    print(f"killed: {await precious.kill()}, it is {precious.status.value}")
    await xqute.run_until_complete()


if __name__ == "__main__":
    asyncio.run(main())
