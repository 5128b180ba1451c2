"""How well does each file below a folder compress? Runs `gzip -9 -c FILE | wc -c` for each.

Interrupt it with Ctrl-C, or kill it in any other way, and run it again with --resume: it does only
what is left.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import sysconfig
import time
from pathlib import Path
from typing import NamedTuple

from xqute import Job, JobStatus, Xqute

# The exit status of the pipe is that of wc, which never fails. If gzip fails, wc counts 0 bytes.
COUNT = 'n=$(gzip -9 -c "$1" | wc -c) && [ "$n" -gt 0 ] && echo "$n"'
MISSING = "no such file, on purpose"
RETRIES = 2
# Folders that contain no sources.
SKIPPED = {"__pycache__", "site-packages"}


class Ratio(NamedTuple):
    ratio: float
    before: int
    after: int
    file: Path


def parsed() -> argparse.Namespace:
    cpus = os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="default: Python's standard library")
    parser.add_argument("--limit", type=int, default=2000, help="files at most (%(default)s)")
    parser.add_argument("--jobs", type=int, default=cpus, help="how many at once (%(default)s)")
    parser.add_argument("--metadir", default=".xqute-demo", help="where jobs live (%(default)s)")
    parser.add_argument("--resume", action="store_true", help="do only what a former run has left")
    return parser.parse_args()


def files_of(folder: Path | None) -> tuple[Path, list[Path]]:
    """Return the folder and its files; for the standard library, only the sources."""
    pattern = "*" if folder else "*.py"
    root = (folder or Path(sysconfig.get_path("stdlib"))).resolve()
    found = (path for path in root.rglob(pattern) if path.is_file())
    return root, sorted(p for p in found if not SKIPPED.intersection(p.relative_to(root).parts))


class Progress:
    """Prints the progress: on a terminal in one line, elsewhere a line for each tenth."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = self.resumed = 0
        self.seconds = 0.0
        self._began = time.monotonic()
        self._tty = sys.stdout.isatty()

    def __str__(self) -> str:
        return f"{self.done} of {self.total} done, {self.rate:.0f} jobs/s"

    @property
    def rate(self) -> float:
        return (self.done - self.resumed) / self.seconds if self.seconds else 0.0

    def count(self, job: Job) -> None:
        if job.status in (JobStatus.KILLED, JobStatus.CANCELLED):
            return
        self.done += 1
        self.resumed += job.resumed
        self.seconds = time.monotonic() - self._began
        steps = 100 if self._tty else 10
        if self.done * steps // self.total > (self.done - 1) * steps // self.total:
            print(f"\r{self}" if self._tty else self, end="" if self._tty else "\n", flush=True)


async def compress(
    args: argparse.Namespace, root: Path, files: list[Path], progress: Progress
) -> list[Job]:
    async with Xqute(
        job_metadir=args.metadir,
        job_resume=args.resume,
        job_error_strategy="retry",
        job_num_retries=RETRIES,
        job_retry_delay=0.1,
        scheduler_forks=args.jobs,
        cwd=root,
    ) as xqute:
        for file in [root / MISSING, *files]:
            await xqute.push(["sh", "-c", COUNT, "sh", file])
        async for job in xqute.as_completed():
            progress.count(job)
    return xqute.jobs


def ratios_of(jobs: list[Job]) -> list[Ratio]:
    ratios = []
    for job in jobs:
        if job.status is JobStatus.FINISHED:
            file = Path(job.cmd[-1])
            before, after = file.stat().st_size, int(job.stdout_file.read_text())
            ratios.append(Ratio(before / after, before, after, file))
    return sorted(ratios, reverse=True)


def report(root: Path, jobs: list[Job], progress: Progress) -> int:
    """Print the results, and return how many jobs failed."""
    print(f"\n{'ratio':>7}  {'before':>10}  {'after':>9}  file")
    for ratio, before, after, file in ratios_of(jobs)[:10]:
        print(f"{ratio:>7.1f}  {before:>10,}  {after:>9,}  {file.relative_to(root)}")
    print(f"\nrun: {progress.done - progress.resumed} jobs, {progress.rate:.0f} jobs/s")
    if progress.resumed:
        print(f"taken from the former run: {progress.resumed} jobs")
    failed = [job for job in jobs if job.status is JobStatus.FAILED]
    print(f"failed: {len(failed)}; one is meant to, its file is not there")
    for job in failed:
        said = job.stderr_file.read_text().strip()
        print(f"  job {job.index}, {job.trial_count + 1} attempts, {job.failure}: {said}")
    return len(failed)


def main() -> int:
    args = parsed()
    root, files = files_of(args.folder)
    chosen = files[: args.limit]
    which = "all" if len(chosen) == len(files) else f"the first {len(chosen)} (see --limit) of"
    print(f"gzip -9 of {which} {len(files)} files in {root}, {args.jobs} at once")
    progress = Progress(len(chosen) + 1)
    try:
        jobs = asyncio.run(compress(args, root, chosen, progress))
    except KeyboardInterrupt:
        print(f"\ninterrupted: {progress}; with --resume only the rest is done")
        return 130
    failed = report(root, jobs, progress)
    print(f"all about every job: {Path(args.metadir).resolve()}")
    return 0 if failed == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
