"""A job that is a process of this machine."""

from __future__ import annotations

from xqute import Job, Scheduler


class LocalJob(Job):
    """A job that is a process of this machine."""

    __slots__ = ()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return core's script."""
        return self.render_script(scheduler)
