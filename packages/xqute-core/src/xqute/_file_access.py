"""Access to the files of jobs: in a worker thread if they may be slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

import anyio

from xqute._scheduler import Scheduler

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def with_files(scheduler: Scheduler[Any], function: Callable[[*Ts], T], *args: *Ts) -> T:
    """Call a function that touches the files of jobs, and return its result.

    If the job metadir is shared with other hosts, the function is called in a worker thread, since
    a network file system may be slow. Otherwise it is called in the event loop, since a thread
    would cost more than the access to the files.
    """
    if scheduler.shared_files:
        return await anyio.to_thread.run_sync(function, *args)
    return function(*args)
