"""The scheduler `tsp`: jobs go through task-spooler, the queue of this machine."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from xqute import (
    InvalidValue,
    Job,
    QueueState,
    Scheduler,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
    SubmitRejected,
)
from xqute_tsp._commands import NotStarted, Row, listed, tsp
from xqute_tsp._group import Group


class TspJob(Job):
    def wrap_cmd(self, scheduler: Scheduler) -> str:
        return self.render_script(scheduler)


class TspScheduler(Scheduler):
    """Jobs go into the queue of task-spooler, under their unique names."""

    name = "tsp"
    job_class = TspJob
    own_options = MappingProxyType({"slots": 1})
    shared_files = False
    result_grace = 0.0
    max_interval = 1.0

    async def submit_job(self, job: Job) -> str:
        slots = job.option(self, "slots")
        try:
            if slots > 1 and slots > int(await tsp("-S")):
                raise SubmitRejected(f"it needs {slots} slots, the queue has {await tsp('-S')}")
            await tsp("-L", job.unique_name, "-N", str(slots), str(job.script_file))
        except NotStarted as error:
            raise SubmitFailed(str(error)) from error
        except SchedulerUnavailable as error:
            raise SubmitDoubtful(str(error)) from error
        return job.unique_name

    async def job_is_running(self, job: Job) -> bool:
        return self.state(job, await listed()) is not QueueState.GONE

    def state(self, job: Job, rows: Mapping[str, Row]) -> QueueState:
        row = rows.get(job.unique_name)
        if row is not None:
            return QueueState.RUNNING if row.runs else QueueState.PENDING
        group = self.ending.get(job)
        return QueueState.RUNNING if group and group.signal(0) else QueueState.GONE

    async def kill_job(self, job: Job) -> None:
        await self.kill(job, await listed())

    async def start(self) -> None:
        self.ending: dict[Job, Group] = {}

    async def kill(self, job: Job, rows: Mapping[str, Row]) -> None:
        row = rows.get(job.unique_name)
        if row is None:
            return
        if not row.runs:
            await tsp("-r", row.number)
            return
        pid = job.claimed_by() or int(await tsp("-p", row.number))
        if pid <= 0:
            raise SchedulerUnavailable(f"job {row.number} of tsp has no process yet")
        self.ending[job] = Group(pid)
        self.ending[job].signal(signal.SIGTERM)
        grace = job.option(self, "kill_grace")
        asyncio.get_running_loop().call_later(grace, self.kill_hard, job)

    def kill_hard(self, job: Job) -> None:
        if group := self.ending.pop(job, None):
            group.signal(signal.SIGKILL)

    async def job_states(self, jobs: Collection[Job]) -> Mapping[Job, QueueState]:
        rows = await listed()
        return {job: self.state(job, rows) for job in jobs}

    async def kill_jobs(self, jobs: Sequence[Job]) -> None:
        rows = await listed()
        for job in jobs:
            await self.kill(job, rows)

    async def find_jobs(self, jobs: Sequence[Job]) -> Mapping[Job, str]:
        states = await self.job_states(jobs)
        return {job: job.unique_name for job in jobs if states[job] is not QueueState.GONE}

    def check_option(self, name: str, value: Any) -> Any:
        if name == "slots" and (type(value) is not int or value < 1):
            raise InvalidValue(f"slots must be a whole number from 1, not {value!r}")
        return super().check_option(name, value)
