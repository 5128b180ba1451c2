"""The time limit for calls of a scheduler."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import anyio

from xqute._errors import SchedulerUnavailable
from xqute._scheduler import Scheduler


def call_limit(scheduler: Scheduler[Any], jobs: int) -> AbstractContextManager[None]:
    """Return a context that cancels a call when it takes too long.

    The limit is the scheduler's `call_timeout`, plus one second for each job.

    Args:
        scheduler: The scheduler that is called.
        jobs: The number of jobs that the call is about.

    Raises:
        SchedulerUnavailable: The call was cancelled. It is raised when the context is left.
    """
    if scheduler.call_timeout == math.inf:
        # Such a scheduler is called several times for each job, so a time limit would be costly.
        return nullcontext()
    return _limited(scheduler.name, scheduler.call_timeout + jobs)


@contextmanager
def _limited(name: str, seconds: float) -> Iterator[None]:
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise SchedulerUnavailable(f"scheduler {name!r} gave no answer within {seconds:g} s")
