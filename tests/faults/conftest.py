"""Fixtures for tests of faults: a scheduler with three commands that fail on request."""

import contextlib
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import anyio
import pytest

from xqute import (
    Job,
    QueueState,
    Scheduler,
    SchedulerUnavailable,
    SubmitDoubtful,
    SubmitFailed,
    Xqute,
)

# Each call of a command takes one line from the command's file of faults, and does what it says.
HEAD = """\
#!/bin/sh
cd {folder} || exit 1
fault=
if read -r fault <fault.{name}; then sed -i 1d fault.{name}; fi 2>/dev/null
fault() {{
    case $fault in
        fail) echo "{name}: cannot reach the master" >&2; exit 1 ;;
        hang) echo $$ >>hung; exec sleep 600 ;;
        rubbish) printf 'x\\377{{0}}%%s$(id)<&a;\\n'; exit 0 ;;
        megabytes) head -c 5000000 /dev/zero | tr '\\0' '\\n'; exit 0 ;;
        signal) kill -KILL $$ ;;
    esac
}}
"""
COMMANDS = {
    "submit": """\
case $fault in *-late) ;; *) fault ;; esac
setsid sh "$1" </dev/null >/dev/null 2>&1 &
echo "$!" >>ids
fault=${fault%-late}
fault
echo "$!"
""",
    "list": """\
fault
while read -r id; do
    read -r line 2>/dev/null <"/proc/$id/stat" || continue
    case ${line##*) } in [ZX]*) ;; *) echo "$id" ;; esac
done <ids
""",
    "kill": """\
fault
kill -TERM "-$1" 2>/dev/null
exit 0
""",
}


class CommandJob(Job):
    __slots__ = ()

    def wrap_cmd(self, scheduler):
        return self.render_script(scheduler)


class CommandScheduler(Scheduler):
    """Runs commands, as schedulers of batch systems do, without time limits of its own."""

    name = "commands"
    job_class = CommandJob
    min_interval = 0.01
    max_interval = 0.05
    result_grace = 0.2
    call_timeout = 0.5
    folder: Path

    async def run(self, name, *words):
        return await anyio.run_process(
            [self.folder / name, *words], check=False, start_new_session=True
        )

    async def submit_job(self, job):
        answer = await self.run("submit", job.script_path)
        if answer.returncode > 0:
            raise SubmitFailed(answer.stderr.decode())
        if answer.returncode < 0 or not answer.stdout.strip().isdigit():
            raise SubmitDoubtful(f"status {answer.returncode}: {answer.stdout[:99]!r}")
        return answer.stdout.decode().strip()

    async def listed(self):
        answer = await self.run("list")
        words = answer.stdout.split()
        if answer.returncode or not all(map(bytes.isdigit, words)) or b"\n\n" in answer.stdout:
            raise SchedulerUnavailable(f"status {answer.returncode}: {answer.stdout[:99]!r}")
        return {word.decode() for word in words}

    async def job_is_running(self, job):
        return job.uid in await self.listed()

    async def job_states(self, jobs):
        listed = await self.listed()
        return {
            job: QueueState.GONE
            if job.uid not in listed
            else QueueState.RUNNING
            if job.has_started()
            else QueueState.PENDING
            for job in jobs
        }

    async def kill_job(self, job):
        answer = await self.run("kill", job.uid)
        if answer.returncode or answer.stdout:
            raise SchedulerUnavailable(f"status {answer.returncode}: {answer.stdout[:99]!r}")


@pytest.fixture
def faulty_commands(tmp_path, monkeypatch):
    """The test's scheduler; `commands.fault(name, *kinds)` makes a command fail."""
    monkeypatch.setattr(Scheduler, "first_backoff", 0.01)
    monkeypatch.setattr(Scheduler, "lookup_interval", 0.01)
    folder = tmp_path / "commands"
    folder.mkdir()
    (folder / "ids").touch()
    for name, text in COMMANDS.items():
        path = folder / name
        path.write_text(HEAD.format(folder=folder, name=name) + text)
        path.chmod(0o755)

    def fault(name, *kinds):
        (folder / f"fault.{name}").write_text("".join(f"{kind}\n" for kind in kinds))

    def pending(name):
        return (folder / f"fault.{name}").read_text()

    yield SimpleNamespace(
        fault=fault,
        pending=pending,
        folder=folder,
        scheduler=type("Commands", (CommandScheduler,), {"folder": folder}),
    )
    for line in (folder / "ids").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(line), signal.SIGKILL)


@pytest.fixture
def producer(tmp_path):
    """Creates an `Xqute` whose job metadir and working folder are the test's folder."""

    def make(**more):
        return Xqute(**{"job_metadir": tmp_path / "jobs", "cwd": tmp_path} | more)

    return make
