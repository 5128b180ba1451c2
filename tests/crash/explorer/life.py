"""One life of a controller: a process that runs a scenario, and may be killed before its end."""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from effects import death_before
from mutants import MUTANTS
from scenarios import Scenario

from xqute import Job, Xqute, simplug
from xqute._hooks import SPECS


class Setting(NamedTuple):
    """What all lives share.

    Attributes:
        scheduler: The name of the scheduler.
        options: Options of the scheduler.
        attributes: Attributes of the scheduler that make it quick.
        mutant: The name of the planted fault, None for none.
    """

    scheduler: str
    options: Mapping[str, Any]
    attributes: Mapping[str, float]
    mutant: str | None = None


def live(
    setting: Setting, scenario: Scenario, folder: Path, number: int, effect: int | None
) -> bool:
    """Run a life as a separate process, and return whether it was killed.

    Otherwise it has ended by itself, and `life.N.end` says how.

    Args:
        setting: What all lives share.
        scenario: What to run.
        folder: The working folder of the life.
        number: The number of the life.
        effect: The effect before which it is killed; None for the last life, which is not.

    Raises:
        RuntimeError: It ended in another way: the fault is in the explorer, or in a mutant.
    """
    pid = os.fork()
    if pid:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status not in (0, -signal.SIGKILL):
            raise RuntimeError(f"life {number} has ended with {status}, see its log in {folder}")
        return status != 0
    status = 1
    try:
        os.setsid()
        os.chdir(folder)
        log = os.open(f"life.{number}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for fd in (1, 2):
            os.dup2(log, fd)
        hooks = Hooks(f"life.{number}.hooks")
        if setting.mutant is not None:
            MUTANTS[setting.mutant].break_it()
        _run(setting, scenario, hooks, number, effect)
        status = 0
    except BaseException:  # noqa: BLE001  # the process ends, and the traceback says why
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _run(
    setting: Setting, scenario: Scenario, hooks: "Hooks", number: int, effect: int | None
) -> None:
    made: list[Xqute] = []
    raised = None
    with death_before(effect):
        try:
            asyncio.run(_main(setting, scenario, hooks, made, last=effect is None))
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001  # told below
            traceback.print_exc()
            raised = type(error).__name__
    jobs = [_said_of(job) for producer in made for job in producer.jobs]
    Path(f"life.{number}.end").write_text(json.dumps({"raised": raised, "jobs": jobs}))


async def _main(
    setting: Setting, scenario: Scenario, hooks: "Hooks", made: list[Xqute], *, last: bool
) -> None:
    options = {"scheduler_forks": 2, **setting.options, **scenario.options}
    producer = Xqute(
        setting.scheduler, job_metadir="jobs", job_resume=True, plugins=[hooks], **options
    )
    made.append(producer)
    for name, value in setting.attributes.items():
        setattr(producer.scheduler, name, value)
    for index, (script, _expected) in enumerate(scenario.jobs):
        await producer.push(["sh", "-c", script, index])
    ended: BaseException | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(scenario.during, producer, last)
        try:
            await producer.run_until_complete()
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001  # raised below
            ended = error
        tasks.cancel_scope.cancel()
    # Not raised in the task group, which would wrap it in an ExceptionGroup.
    if ended is not None:
        raise ended


def _said_of(job: Job) -> dict[str, Any]:
    return {
        "status": job.status.name,
        "rc": job.rc,
        "stdout": job.stdout_file.read_text() if job.stdout_file.exists() else "",
    }


class Hooks:
    """A plugin that records every call; its own writes are not effects of the controller."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        # Opened before effects are counted.
        self._write = os.write

    def note(self, hook: str, job: Job) -> None:
        self._write(self._fd, f"{job.index} {hook.removeprefix('on_job_')}\n".encode())


def _noting(hook: str) -> Any:
    async def note(self, scheduler, job):  # type: ignore[no-untyped-def]  # the form of all hooks
        self.note(hook, job)

    note.__name__ = hook
    return simplug.impl(note)


for _spec in SPECS.values():
    if _spec.state is not None:
        setattr(Hooks, _spec.name, _noting(_spec.name))
