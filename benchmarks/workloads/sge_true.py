"""COUNT x `true` through xqute on Grid Engine, at most FORKS at once, in FOLDER."""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from xqute import Xqute

COMMANDS = ("qsub", "qstat", "qdel", "qacct")


def counted(folder: Path) -> dict[str, Any]:
    """Return wrappers of Grid Engine's commands that record each call, then run the command."""
    options: dict[str, Any] = {}
    for name in COMMANDS:
        path = folder / name
        path.write_text(f'#!/bin/sh\necho >>"$0.calls"\nexec {shutil.which(name)} "$@"\n')
        path.chmod(0o755)
        options[name] = str(path)
    return options


def calls(folder: Path, name: str) -> int:
    """Return how often a command was called."""
    path = folder / f"{name}.calls"
    return path.read_text().count("\n") if path.exists() else 0


async def main(count: int, folder: Path, forks: int) -> None:
    options = counted(folder)
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_SELF)
    xqute = Xqute("sge", job_metadir=folder / "jobs", scheduler_forks=forks, **options)
    for _ in range(count):
        await xqute.push(["true"])
    jobs = await xqute.run_until_complete()
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert all(job.rc == 0 and job.failure is None for job in jobs)  # noqa: S101  # else no figure
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report = {"seconds": time.monotonic() - began, "cpu": used / count}
    print(json.dumps(report | {name: calls(folder, name) for name in COMMANDS}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
