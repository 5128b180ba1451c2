"""The settings of a cell, and the paths of its files."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a cell.

    Attributes:
        folder: The folder of all its files.
        hosts: The names of its execution hosts; the qmaster is on the first.
        slots: How many slots the queue has on each host.
        shell: The shell of the queue.
        memory: How many bytes of memory each host has.
        report_delay: Seconds from the end of a job until its host reports it to the qmaster.
        restart_delay: Seconds that a job waits before it may start again.
        max_tasks: How many tasks an array may have.
        first_job: The number of the first job.
        user: The only user of the cell.
        group: The user's group.
        home: The user's home folder.
    """

    folder: str
    hosts: tuple[str, ...]
    slots: int
    shell: str
    memory: float
    report_delay: float
    restart_delay: float
    max_tasks: int
    first_job: int
    user: str
    group: str
    home: str

    queue = "all.q"
    parallel_environments = ("make", "mpi", "smp")

    @property
    def accounting_file(self) -> str:
        """The path of the accounting file."""
        return os.path.join(self.folder, "default", "common", "accounting")

    @property
    def scratch(self) -> str:
        """The folder of the temporary folders of running tasks."""
        return os.path.join(self.folder, "tmp")

    def spool(self, host: str) -> str:
        """Return the folder in which a host keeps the scripts of its jobs."""
        return os.path.join(self.folder, "spool", host)

    @property
    def arch(self) -> str:
        """Grid Engine's name for the architecture of this machine."""
        machine = os.uname().machine
        return "lx-" + {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
