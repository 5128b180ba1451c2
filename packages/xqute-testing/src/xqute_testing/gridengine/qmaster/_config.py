"""How a cell is set up, and where its files are."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """How a cell is set up.

    Attributes:
        folder: Where all its files are.
        hosts: The names of its execution hosts; the first is also the qmaster's.
        slots: How many slots the queue has on each host.
        shell: The shell of the queue.
        memory: How many bytes each host has.
        report_delay: Seconds from the end of a job until the qmaster hears of it.
        restart_delay: Seconds that a job waits until it is started again.
        max_tasks: How many tasks an array may have.
        first_job: The number of the first job.
        user: The user of the cell; it has but this one.
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
        """The accounting file, which qacct reads."""
        return os.path.join(self.folder, "default", "common", "accounting")

    @property
    def scratch(self) -> str:
        """Where the temporary folder of each running task is."""
        return os.path.join(self.folder, "tmp")

    def spool(self, host: str) -> str:
        """Where a host keeps the scripts of its jobs."""
        return os.path.join(self.folder, "spool", host)

    @property
    def arch(self) -> str:
        """What Grid Engine calls this kind of machine."""
        machine = os.uname().machine
        return "lx-" + {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
