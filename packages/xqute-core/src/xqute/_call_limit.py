"""How long a scheduler may take to answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import anyio

from xqute._errors import SchedulerUnavailable
from xqute._scheduler import Scheduler


def call_limit(scheduler: Scheduler[Any], jobs: int) -> AbstractContextManager[None]:
    """Return a context in which a call about so many jobs is cancelled when its time is up.

    Its time is the scheduler's `call_timeout`, and one more second for each job.

    Raises:
        SchedulerUnavailable: On leaving the context, when the call was cancelled.
    """
    if scheduler.call_timeout == math.inf:
        # A scheduler that asks nobody is called several times for each job.
        return nullcontext()
    return _limited(scheduler.name, scheduler.call_timeout + jobs)


@contextmanager
def _limited(name: str, seconds: float) -> Iterator[None]:
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise SchedulerUnavailable(f"scheduler {name!r} gave no answer within {seconds:g} s")
