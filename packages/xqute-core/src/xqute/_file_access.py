"""Where the files of jobs are read and written: not in the event loop when they may be slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

import anyio

from xqute._scheduler import Scheduler

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def with_files(scheduler: Scheduler[Any], function: Callable[[*Ts], T], *args: *Ts) -> T:
    """Call a function that touches files of jobs, and return what it returns.

    Where the folder of jobs is shared with other hosts it is called in a worker thread, since a
    network file system may take long; elsewhere a thread would cost more than the files do.
    """
    if scheduler.shared_files:
        return await anyio.to_thread.run_sync(function, *args)
    return function(*args)
