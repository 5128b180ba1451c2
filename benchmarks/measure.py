"""Helpers of the benchmarks: fresh folders, workloads in processes of their own, medians."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

WORKLOADS = Path(__file__).parent / "workloads"
TMPFS = Path("/dev/shm")  # noqa: S108  # the one place where Linux always has a tmpfs


def places() -> dict[str, Path]:
    """Return a folder on each file system to measure on, by the kind of file system."""
    on_disk = Path(os.environ.get("XQUTE_BENCH_DISK", tempfile.gettempdir()))
    return {"tmpfs": TMPFS, "disk": on_disk} if TMPFS.is_dir() else {"disk": on_disk}


@contextmanager
def fresh_folders(place: Path) -> Iterator[Callable[[], Path]]:
    """Yield a function that creates a folder that no earlier run has used.

    All folders are removed at the end, not before: ext4 looks at each inode that was freed within
    some minutes before it takes one for a new file, so earlier runs would slow down later ones.
    """
    base = Path(tempfile.mkdtemp(prefix="xqute-bench-", dir=place))
    try:
        yield lambda: Path(tempfile.mkdtemp(dir=base))
    finally:
        shutil.rmtree(base)


@contextmanager
def fresh_folder(place: Path) -> Iterator[Path]:
    """Create a folder that no earlier run has used, and remove it at the end."""
    with fresh_folders(place) as fresh:
        yield fresh()


def _env() -> dict[str, str]:
    """Return an environment in which Python stores compiled modules, as after an installation."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def run_workload(name: str, *arguments: object) -> Mapping[str, float]:
    """Run one of the workloads in a new Python process, and return its report."""
    command = [sys.executable, str(WORKLOADS / f"{name}.py"), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=_env())
    report: Mapping[str, float] = json.loads(done.stdout)
    return report


def seconds(command: Sequence[str]) -> float:
    """Run a command, which must succeed, and return the seconds that it takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_env())
    return time.perf_counter() - began


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def verdict(*, good: bool) -> str:
    """Return the word that tells whether a goal was reached."""
    return "ok" if good else "MISSED"
