"""A job of the scheduler `local`."""

from __future__ import annotations

from xqute import Job, Scheduler


class LocalJob(Job):
    """A job that runs as a process of this host."""

    __slots__ = ()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return core's script unchanged."""
        return self.render_script(scheduler)
