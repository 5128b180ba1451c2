"""A program that pushes jobs and waits for them, until a test kills it.

`_controllers` runs it as a script. Its only argument is a file that says what to do. It imports
nothing but xqute and the scheduler under test.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from xqute import Job, Scheduler, Xqute, get_scheduler


def find(reference: str | tuple[str, str, str]) -> type[Scheduler]:
    """Return the class that a reference from `_controllers.reference` stands for."""
    if isinstance(reference, str):
        return get_scheduler(reference)
    module_name, qualified, file = reference
    try:
        module = importlib.import_module(module_name)
    except ImportError:
        # It is a module of tests, whose folder is not on the path.
        spec = importlib.util.spec_from_file_location(module_name, file)
        if spec is None or spec.loader is None:
            raise
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        spec.loader.exec_module(module)
    found: Any = module
    for name in qualified.split("."):
        found = getattr(found, name)
    return get_scheduler(found)


def dying(scheduler: type[Scheduler]) -> type[Scheduler]:
    """Return a subclass that kills the program once a job is submitted, before its id is saved."""

    class Dying(scheduler):  # type: ignore[valid-type, misc]
        async def submit_jobs(self, jobs: Sequence[Job]) -> AsyncIterator[tuple[Job, Any]]:
            async for job, outcome in super().submit_jobs(jobs):
                os.kill(os.getpid(), signal.SIGKILL)
                yield job, outcome

    return Dying


async def main(work: dict[str, Any]) -> None:
    """Push the jobs, and wait for their end."""
    scheduler = find(work["scheduler"])
    xqute = Xqute(dying(scheduler) if work["dies"] else scheduler, **work["options"])
    for name, value in work["settings"].items():
        setattr(xqute.scheduler, name, value)
    for job in work["jobs"]:
        await xqute.push(**job)
    await xqute.run_until_complete()


if __name__ == "__main__":
    asyncio.run(main(pickle.loads(Path(sys.argv[1]).read_bytes())))  # noqa: S301  # our own file
