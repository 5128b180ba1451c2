"""Run one producer for a long time, with pushes, kills and retries: does its controller grow?

    hatch run soak                                 20,000 jobs, as fast as possible
    hatch run soak --seconds 600                   for ten minutes
    hatch run soak --jobs 100000 --seconds 3600    100,000 jobs, spread over an hour

A producer keeps all its jobs in `Xqute.jobs`. This one does what a program that runs for weeks
does: it removes each job from that list when it no longer needs it, and removes the job's folder.
So whatever grows here grows in the controller. With `--keep` the jobs stay in the list, and the
memory for each of them is reported, but not checked.

Resident memory, threads, open files and tasks are measured at least five times, at most 10,000 jobs
apart, while no job is open. All later samples are compared with the first one. Soak exits with 1
if memory is more than 5 % above it, if there are more threads, files or tasks, if at the end more
jobs are in memory than could be open, or if a job did not end as it should.

asyncio's thread pool, which aiofiles uses, grows up to its limit, so it is filled at the beginning.
anyio's pool ends threads that were idle for 10 s, and each sample waits so long. So one more thread
than before is a thread that was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from xqute import FailureKind, Job, JobStatus, Scheduler, Xqute, simplug

_OPEN_AT_ONCE = 100
_STEP = 10_000
_MOST_GROWTH = 1.05
# The limit of asyncio's pool is never larger (concurrent.futures.ThreadPoolExecutor).
_THREADS_AT_MOST = 32
# Seconds after which anyio has ended an idle thread, with some reserve.
_IDLE = 10.5
_PAGE = os.sysconf("SC_PAGE_SIZE")

_TWICE = '[ -e "$1" ] && exec rm "$1"; : >"$1"; exit 3'
_LINES = 1000


@dataclass(frozen=True)
class Sample:
    """What the process holds while no job is open."""

    jobs: int
    memory: int
    blocks: int
    threads: int
    files: int
    tasks: int

    @classmethod
    def take(cls, jobs: int) -> Sample:
        gc.collect()
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return cls(
            jobs,
            resident * _PAGE,
            sys.getallocatedblocks(),
            threading.active_count(),
            len(list(Path("/proc/self/fd").iterdir())),
            len(asyncio.all_tasks()),
        )

    def report(self, since: float) -> None:
        print(f"{time.monotonic() - since:7.0f} s {self.jobs:9,} {self.memory / 2**20:9.2f} MiB "
              f"{self.blocks:9,} {self.threads:8} {self.files:6} {self.tasks:6}",
              flush=True)  # fmt: skip

    def grown_since(self, first: Sample, *, keep: bool) -> list[str]:
        """Return what has grown."""
        found = []
        if not keep and self.memory > _MOST_GROWTH * first.memory:
            found.append(f"memory {self.memory / first.memory - 1:+.1%}")
        for name in ("threads", "files", "tasks"):
            before, now = getattr(first, name), getattr(self, name)
            if now > before:
                found.append(f"{name} {before} -> {now}")
        return found


async def _fill_pool() -> None:
    """Fill asyncio's pool with as many threads as it can have."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(_THREADS_AT_MOST):
            tasks.create_task(asyncio.to_thread(time.sleep, 0.01))


async def _empty_pool() -> None:
    """Wait until anyio's pool has ended all its threads but one."""
    await asyncio.sleep(_IDLE)
    await anyio.to_thread.run_sync(int)


class Ends:
    """A plugin that counts the jobs that ended; most long runs have a plugin."""

    def __init__(self) -> None:
        self.counted: Counter[JobStatus] = Counter()

    async def _count(self, job: Job) -> None:
        self.counted[job.status] += 1

    @simplug.impl
    async def on_job_succeeded(self, scheduler: Scheduler, job: Job) -> None:
        await self._count(job)

    @simplug.impl
    async def on_job_killed(self, scheduler: Scheduler, job: Job) -> None:
        await self._count(job)

    @simplug.impl
    async def on_job_retrying(self, scheduler: Scheduler, job: Job) -> None:
        await self._count(job)


class Soak:
    """Pushes jobs of several kinds, and treats each as its user would."""

    def __init__(self, xqute: Xqute, folder: Path, *, keep: bool) -> None:
        self.done = 0
        self.ended: Counter[str] = Counter()
        self.retried = 0
        self.wrong: list[str] = []
        self._xqute = xqute
        self._marks = folder
        self._keep = keep
        self._room = asyncio.Semaphore(_OPEN_AT_ONCE)

    async def run_jobs(self, numbers: range, pace: float, until: float) -> None:
        """Push a job every `pace` seconds, but none after `until`, and wait for all of them."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for count, number in enumerate(numbers):
                early = began + count * pace - time.monotonic()
                if early > 0:
                    await asyncio.sleep(early)
                if time.monotonic() >= until:
                    break
                await self._room.acquire()
                tasks.create_task(self._see_to(number))

    async def _see_to(self, number: int) -> None:
        try:
            job, good = await self._one(number)
            if not good:
                self.wrong.append(f"{job!r}: {job.failure}")
            self.done += 1
            self.ended[job.status.value] += 1
            self.retried += job.trial_count
            if not self._keep:
                self._xqute.jobs.remove(job)
                shutil.rmtree(job.metadir, ignore_errors=job.status is JobStatus.CANCELLED)
        finally:
            self._room.release()

    async def _one(self, number: int) -> tuple[Job, bool]:
        push: Any = self._xqute.push
        kind = number * 37 % 100  # Spread evenly.
        if kind < 2:
            job = await push(["sh", "-c", "echo up; exec sleep 60"])
            async for _ in job.lines():
                break
            return job, await job.kill() and job.status is JobStatus.KILLED
        if kind == 2:
            job = await push(["sleep", 60])
            good = await job.kill()
            return job, good and job.status in (JobStatus.CANCELLED, JobStatus.KILLED)
        if kind < 8:
            job = await push(["sh", "-c", _TWICE, "sh", self._marks / str(number)])
            await job.wait()
            return job, job.status is JobStatus.FINISHED and job.trial_count == 1
        if kind < 10:
            job = await push(["sh", "-c", "echo no >&2; exit 3"], env={"NUMBER": number})
            await job.wait()
            return job, job.rc == 3 and await job.stderr() == "no\n"
        if kind == 10:
            job = await push(["sleep", 60], timeout=0.1)
            await job.wait()
            return job, job.failure is not None and job.failure.kind is FailureKind.TIMEOUT
        if kind < 13:
            job = await push(["seq", _LINES])
            lines = [line async for line in job.lines()]
            return job, len(lines) == _LINES
        job = await push(["true"])
        await job.wait()
        return job, job.status is JobStatus.FINISHED


async def soak(jobs: int | None, seconds: float | None, folder: Path, *, keep: bool) -> bool:
    """Soak, report, and return whether nothing grew and every job ended as it should."""
    step = _STEP if jobs is None else min(_STEP, max(jobs // 5, 1))
    pace = seconds / jobs if jobs and seconds else 0.0
    began = time.monotonic()
    # A paced run ends with its last job.
    until = began + seconds if seconds and not jobs else float("inf")
    samples: list[Sample] = []
    ends = Ends()
    await _fill_pool()
    print("  elapsed      jobs        memory    blocks  threads  files  tasks")
    async with Xqute(
        job_metadir=folder / "jobs",
        scheduler_forks=8,
        job_error_strategy="retry",
        job_num_retries=1,
        job_retry_delay=0.05,
        plugins=[ends],
    ) as xqute:
        all_of_it = Soak(xqute, folder, keep=keep)
        while (jobs is None or all_of_it.done < jobs) and time.monotonic() < until:
            last = all_of_it.done + step if jobs is None else min(all_of_it.done + step, jobs)
            await all_of_it.run_jobs(range(all_of_it.done, last), pace, until)
            await _empty_pool()
            samples.append(Sample.take(all_of_it.done))
            samples[-1].report(began)
    ended = ", ".join(f"{count:,} {status}" for status, count in sorted(all_of_it.ended.items()))
    print(f"{all_of_it.done:,} jobs ended: {ended}; {all_of_it.retried:,} retries")
    if all_of_it.ended[JobStatus.FINISHED.value] != ends.counted[JobStatus.FINISHED]:
        all_of_it.wrong.append(f"hooks were called for others: {ends.counted}")
    if all_of_it.retried != ends.counted[JobStatus.RETRYING]:
        all_of_it.wrong.append(f"not every retry had its hook: {ends.counted}")
    left = sum(isinstance(found, Job) for found in gc.get_objects())
    print(f"{left:,} jobs are still in memory")
    # Cancelled timers hold references to the last jobs for some seconds.
    if not keep and left > _OPEN_AT_ONCE:
        all_of_it.wrong.append("there are more jobs in memory than could be open")
    for line in all_of_it.wrong[:20]:
        print("WRONG", line)
    return verdict(samples, keep=keep) and not all_of_it.wrong


def verdict(samples: Sequence[Sample], *, keep: bool) -> bool:
    """Print what has grown, and return whether nothing has."""
    first, last = samples[0], samples[-1]
    if keep and last.jobs > first.jobs:
        each = (last.memory - first.memory) / (last.jobs - first.jobs)
        print(f"each job kept in Xqute.jobs costs {each:.0f} bytes")
    grown = {
        sample.jobs: found
        for sample in samples[1:]
        if (found := sample.grown_since(first, keep=keep))
    }
    for count, found in grown.items():
        print(f"NOT FLAT at {count:,} jobs, beside {first.jobs:,}: {', '.join(found)}")
    if not grown:
        change = max(sample.memory for sample in samples) / first.memory - 1
        judged = "threads, files and tasks" if keep else f"memory {change:+.2%} at most"
        print(f"flat from {first.jobs:,} to {last.jobs:,} jobs: {judged}")
    return not grown


def main() -> int:
    """Read the arguments, and soak."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--jobs", type=int, help="how many jobs")
    parser.add_argument("--seconds", type=float, help="for how long")
    parser.add_argument("--keep", action="store_true", help="keep all jobs in Xqute.jobs")
    arguments = parser.parse_args()
    if arguments.jobs is None and arguments.seconds is None:
        arguments.jobs = 2 * _STEP
    with tempfile.TemporaryDirectory(prefix="xqute-soak-") as folder:
        good = asyncio.run(
            soak(arguments.jobs, arguments.seconds, Path(folder), keep=arguments.keep)
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
