"""A job on Grid Engine that needs an unknown amount of memory: it is retried with twice as much.

    python more_memory.py 2G align large.fq

When this program dies while the job runs, start it again: the job still has the memory of its last
attempt, and a further retry doubles that.
"""

from __future__ import annotations

import asyncio
import re
import sys

from xqute import Failure, FailureKind, Job, Retry, RetryPolicy, Xqute


class MoreMemory(RetryPolicy):
    """Retries a job that ran out of memory, with twice its h_vmem, up to four times."""

    def decide(self, job: Job, failure: Failure) -> Retry | None:
        if failure.kind is not FailureKind.OUT_OF_MEMORY or job.trial_count >= 4:
            return None
        wanted = requests(job)
        more = [re.sub(r"(?<=h_vmem=)\d+(?![\d.])", double, request) for request in wanted]
        # Where no h_vmem was found, there is nothing to double.
        return Retry(options={"sge_l": more}) if more != wanted else None


def double(number: re.Match[str]) -> str:
    return str(2 * int(number[0]))


def requests(job: Job) -> list[str]:
    """Return what an attempt requests, such as `h_vmem=2G`."""
    # The option is kept in the form of a directive: `-l h_vmem=2G`.
    return [directive.removeprefix("-l ") for directive in job.option(job.scheduler, "sge_l")]


async def main(memory: str, command: list[str]) -> None:
    async with Xqute("sge", job_error_strategy=MoreMemory()) as xqute:
        job = await xqute.push(command, sge_l=f"h_vmem={memory}")
    print(f"{job.status.value} in attempt {job.trial_count + 1} with {', '.join(requests(job))}")
    if job.failure is not None:
        print(job.failure)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
