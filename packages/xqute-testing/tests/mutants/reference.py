"""A small scheduler that keeps every promise: the mutants are copies of it, each with one fault.

Like a scheduler for a batch system, it runs commands to submit, query and kill jobs, and takes the
ids from their output. The commands are `ps`, `kill` and a shell that starts the job in a session of
its own.
"""

import asyncio
import subprocess

import anyio

from xqute import (
    Job,
    ProcessIdentity,
    Scheduler,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
)

START = 'setsid "$0" "$1" </dev/null >/dev/null 2>&1 & echo $!'


class ReferenceJob(Job):
    def wrap_cmd(self, scheduler):
        return self.render_script(scheduler)


class Reference(Scheduler):
    name = "reference"
    job_class = ReferenceJob
    shared_files = False
    min_interval = 0.05
    max_interval = 0.2
    result_grace = 0.3

    async def submit_job(self, job):
        words = ["sh", "-c", START, job.option(self, "shell"), str(job.script_file)]
        try:
            ended = await self.command(*words)
        except OSError as error:
            raise SubmitFailed(f"no command can be run: {error}") from error
        if ended.returncode != 0:
            raise SubmitDoubtful(f"the command ended with {ended.returncode}")
        identity = ProcessIdentity.of(int(ended.stdout))
        # If it has ended by now, its start time is not known, and not needed.
        return str(identity or f"{int(ended.stdout)}/{job.token}/over/over")

    async def job_is_running(self, job):
        return bool(await self.processes(job))

    async def find_jobs(self, jobs):
        """Find jobs by the PID in their claim."""
        found = {}
        for job in jobs:
            pid = job.claimed_by()
            uid = job.uid or (pid and str(ProcessIdentity.of(pid) or ""))
            if uid and await self.processes(job, uid):
                found[job] = uid
        return found

    async def kill_job(self, job):
        await self.signal(job, "TERM")
        self.tasks.append(asyncio.create_task(self.kill_hard(job)))

    async def start(self):
        self.tasks = []

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def kill_hard(self, job):
        await asyncio.sleep(job.option(self, "kill_grace"))
        try:
            await self.signal(job, "KILL")
        except SchedulerUnavailable:
            await self.kill_job(job)

    async def signal(self, job, name):
        if pids := await self.processes(job):
            await self.command("kill", f"-{name}", "--", *pids)

    async def processes(self, job, uid=None):
        """Return the PIDs of a job; none if its PID is that of another process by now."""
        identity = ProcessIdentity.parse(uid or job.uid)
        if identity is None or ProcessIdentity.of(identity.pid) not in (None, identity):
            return []
        pid = str(identity.pid)
        try:
            # By its PID too, since it does not lead a session at once.
            ended = await self.command("ps", "-o", "pid=,stat=", "-s", pid, "-p", pid)
        except OSError as error:
            raise SchedulerUnavailable(f"ps: {error}") from error
        if ended.returncode not in (0, 1) or ended.stderr:
            raise SchedulerUnavailable(f"ps ended with {ended.returncode}: {ended.stderr.decode()}")
        rows = [line.split() for line in ended.stdout.decode().splitlines()]
        return [pid for pid, state in rows if state[0] not in "ZX"]

    async def command(self, *words):
        return await anyio.run_process(
            words, stdin=subprocess.DEVNULL, check=False, start_new_session=True
        )
