"""A job of the scheduler `local`."""

from __future__ import annotations

from typing import Any

from xqute import Job, Scheduler
from xqute.schedulers.local._inherited import Inherited


class LocalJob(Job):
    """A job that runs as a process of this host.

    Attributes:
        inherited: The environment of this program when the job was pushed. All its attempts start
            in that.
    """

    __slots__ = ("inherited",)

    def __init__(self, *args: Any, **more: Any) -> None:
        """Hold what `Xqute.push` has checked; see `Job`."""
        super().__init__(*args, **more)
        self.inherited = Inherited.now()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return core's script; it sets again what the shell drops of the environment."""
        return self.render_script(scheduler, dropped_variables=self.inherited.dropped)
