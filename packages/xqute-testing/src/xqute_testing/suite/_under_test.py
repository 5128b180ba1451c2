"""How the author of a scheduler describes it to the suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xqute import Scheduler


@dataclass(slots=True, kw_only=True)
class System:
    """Faults of the real system that the author can cause; each may be left out.

    Attributes:
        unreachable: Returns a context manager; within it the system does not answer. Without it
            the suite makes the scheduler's commands fail, or its methods if it runs no commands.
        hold: Returns a context manager; within it the system starts no jobs.
        lose: Makes the system forget the job with this id without a trace, and kills its
            processes.
        rerun: Makes the system kill the running job with this id and start it again.
    """

    unreachable: Callable[[], AbstractContextManager[object]] | None = None
    hold: Callable[[], AbstractContextManager[object]] | None = None
    lose: Callable[[str], object] | None = None
    rerun: Callable[[str], object] | None = None


@dataclass(slots=True)
class UnderTest:
    """A scheduler under test, as the fixture `under_test` returns it.

    Attributes:
        scheduler: Its class, or the name of its entry point.
        options: Its options, as `Xqute` takes them.
        settings: Attributes to set on it, such as a short `min_interval` to make the tests quick.
        folder: Where the suite makes the job metadirs; by default in a temporary folder of the
            test. Give another folder if jobs can't see that one.
        rejected: Options of a job that make the system refuse it.
        wait_limit: Seconds after which the suite stops waiting for something that was promised.
        system: Faults of the real system that the author can cause.
    """

    scheduler: str | type[Scheduler]
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    rejected: Mapping[str, Any] = field(default_factory=dict)
    wait_limit: float = 30.0
    system: System = field(default_factory=System)
