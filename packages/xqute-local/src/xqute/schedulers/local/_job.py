"""A job that is a process of this machine."""

from __future__ import annotations

from xqute import Job, Scheduler


class LocalJob(Job):
    """A job that is a process of this machine."""

    __slots__ = ()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return core's script, with what a shell would drop of the environment it starts in."""
        return self.script_text(scheduler, inherited=getattr(scheduler, "dropped_by_shells", None))
