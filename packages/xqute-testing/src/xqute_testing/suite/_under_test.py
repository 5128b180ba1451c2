"""What the author of a scheduler gives to the suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xqute import Scheduler


@dataclass(slots=True, kw_only=True)
class System:
    """Faults of the real system, for authors who can cause them; each may be left out.

    Attributes:
        unreachable: Returns a context in which the system does not answer. Without it the suite
            makes the scheduler's commands fail, or where it runs none, its methods.
        hold: Returns a context in which the system starts nothing, so that jobs wait.
        lose: Has the system forget the job of an id, with its processes and without a trace.
        rerun: Has the system kill the running job of an id, and start it again by itself.
    """

    unreachable: Callable[[], AbstractContextManager[object]] | None = None
    hold: Callable[[], AbstractContextManager[object]] | None = None
    lose: Callable[[str], object] | None = None
    rerun: Callable[[str], object] | None = None


@dataclass(slots=True)
class UnderTest:
    """A scheduler under test, as the fixture `under_test` returns it.

    Attributes:
        scheduler: Its class, or the name that its entry point gives it.
        options: Its options, as `Xqute` takes them.
        settings: Attributes to set on it, as a short `min_interval` to make the tests quick.
        folder: Where the folders of jobs are made; a temporary one of the test by default. Give
            another one where that can't be seen by the jobs.
        rejected: Options of one job that make the system refuse it.
        wait_limit: Seconds after which what was promised will not come any more.
        system: What faults of the real system can be caused.
    """

    scheduler: str | type[Scheduler]
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    rejected: Mapping[str, Any] = field(default_factory=dict)
    wait_limit: float = 30.0
    system: System = field(default_factory=System)
