"""The processes of one job."""

from __future__ import annotations

import os

from xqute import ProcessIdentity


class Group:
    """The group of processes that the script of a job leads: task-spooler makes one for each."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.leader = ProcessIdentity.of(pid)

    def signal(self, number: int) -> bool:
        """Send a signal to all of them; return whether there was any."""
        if ProcessIdentity.of(self.pid) not in (None, self.leader):
            return False  # they are gone, and their number means others by now
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return False
        return True
