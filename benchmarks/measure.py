"""What the benchmarks share: fresh folders, programs that report what they used, medians."""

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
    """Return the file systems to measure on, by what they are."""
    on_disk = Path(os.environ.get("XQUTE_BENCH_DISK", tempfile.gettempdir()))
    return {"tmpfs": TMPFS, "disk": on_disk} if TMPFS.is_dir() else {"disk": on_disk}


@contextmanager
def fresh_folders(place: Path) -> Iterator[Callable[[], Path]]:
    """Yield what makes a folder that no earlier run has used.

    All are removed at the end, not before: ext4 looks at each inode that was freed within some
    minutes before it takes one for a new file, so a run would pay for the runs before it.
    """
    base = Path(tempfile.mkdtemp(prefix="xqute-bench-", dir=place))
    try:
        yield lambda: Path(tempfile.mkdtemp(dir=base))
    finally:
        shutil.rmtree(base)


@contextmanager
def fresh_folder(place: Path) -> Iterator[Path]:
    """Make a folder that no earlier run has used, and remove it at the end."""
    with fresh_folders(place) as fresh:
        yield fresh()


def _env() -> dict[str, str]:
    """Return an environment in which Python keeps what it has compiled, as an installer does."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def run_workload(name: str, *arguments: object) -> Mapping[str, float]:
    """Run one of the workloads in a Python of its own, and return what it reports."""
    command = [sys.executable, str(WORKLOADS / f"{name}.py"), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=_env())
    report: Mapping[str, float] = json.loads(done.stdout)
    return report


def seconds(command: Sequence[str]) -> float:
    """Return how long a command takes that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_env())
    return time.perf_counter() - began


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def verdict(*, good: bool) -> str:
    """Return how a figure compares with its goal."""
    return "ok" if good else "MISSED"
