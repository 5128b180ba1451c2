"""Broken copies of xqute, each with a fault that the explorer must find.

A mutant changes the code in the process of one life only.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from xqute import (
    Job,
    JobStatus,
    _attempt_files,
    _consumer,
    _former,
    _plugins,
    _prepare,
    _submitter,
)
from xqute._former import Plan
from xqute._step import Decision, Effect
from xqute.schedulers.local import _scheduler as local

KILLED_AT_ONCE = Decision((JobStatus.KILLING, JobStatus.KILLED), Effect.SETTLE)


class Mutant(NamedTuple):
    """A planted fault.

    Attributes:
        break_it: Plants the fault, in this process.
        scheduler: The scheduler with which the fault shows.
        scenario: The scenario in which the fault shows.
    """

    break_it: Callable[[], None]
    scheduler: str = "local"
    scenario: str = "plain"


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace an attribute by what `make` returns for it."""
    setattr(owner, name, make(getattr(owner, name)))


def claim_taken_away() -> None:
    """Every copy of an attempt starts, even if another one has started."""
    exclusive = "set -C\n"

    def broken(script_text: Callable[..., str]) -> Callable[..., str]:
        def text(*args: Any, **more: Any) -> str:
            right = script_text(*args, **more)
            assert exclusive in right, "the claim is taken otherwise: the mutant has to follow it"
            return right.replace(exclusive, "")

        return text

    replace(Job, "render_script", broken)


def plans(instead: dict[Plan, Plan]) -> None:
    """Replace what is done with a job that a former run has left."""
    replace(_former, "plan", lambda plan: lambda *a, **k: instead.get(w := plan(*a, **k), w))


def intent_after_the_act() -> None:
    """The script is written without its intent, which is added after the submission."""
    intents: dict[str, bytes] = {}

    def without(write_script: Callable[..., None]) -> Callable[..., None]:
        def write(folder: str, script: str, *args: Any, **more: Any) -> None:
            write_script(folder, script, *args, **more)
            with Path(script).open("r+b") as file:
                text = file.read()
                start = text.rindex(b"# xqute intent")
                intents[script] = text[start:]
                file.truncate(start)

        return write

    def adding(write_uid: Callable[..., None]) -> Callable[..., None]:
        def write(folder: str, uid: str) -> None:
            for script in [path for path in intents if path.startswith(f"{folder}/")]:
                with Path(script).open("ab") as file:
                    file.write(intents.pop(script))
            write_uid(folder, uid)

        return write

    replace(_prepare, "write_script", without)
    replace(_submitter, "write_uid", adding)


def half_a_script_counts() -> None:
    """The intent is at the top of the script, and counts even if the rest is missing."""

    def first(create: Callable[..., None]) -> Callable[..., None]:
        def write(path: str, text: str, mode: int) -> None:
            lines = text.splitlines(keepends=True)
            create(path, "".join([lines[0], lines[-1], *lines[1:-1]]), mode)

        return write

    def anywhere(read_end: Callable[[str], str | None]) -> Callable[[str], str | None]:
        def read(script: str) -> str | None:
            with contextlib.suppress(FileNotFoundError), Path(script).open() as file:
                return next((line for line in file if line.startswith("# xqute intent")), None)
            return None

        return read

    replace(_attempt_files, "_create", first)
    replace(_attempt_files, "_read_tail", anywhere)


def lock_cleared_too_early() -> None:
    """The lock is cleared after the submission, and a job without an id counts as gone."""

    def clearing(write_uid: Callable[..., None]) -> Callable[..., None]:
        def write(folder: str, uid: str) -> None:
            write_uid(folder, uid)
            os.truncate(f"{folder}/job.lock", 0)

        return write

    def by_lock(find: Callable[..., Any]) -> Callable[..., Any]:
        return lambda scheduler, jobs: find(scheduler, [job for job in jobs if job.uid])

    replace(_submitter, "write_uid", clearing)
    replace(local, "find_processes", by_lock)


def killed_before_it_is_gone() -> None:
    """A job counts as killed as soon as it is to be killed."""
    replace(
        _consumer,
        "step",
        lambda step: (
            lambda held, seen: (
                KILLED_AT_ONCE
                if (d := step(held, seen)).effect is Effect.KILL and len(d.moves) == 1
                else d
            )
        ),
    )


def interrupted_without_a_kill() -> None:
    """An interrupt ends the run, and leaves its jobs running."""
    replace(_consumer.Consumer, "stop", lambda _stop: _consumer.Consumer.abandon)


def hooks_again_for_what_is_taken_up() -> None:
    """The hooks of a job that is taken up are called twice."""

    def twice(call: Callable[..., Any]) -> Callable[..., Any]:
        async def call_again(plugins: Any, hook: str, *args: Any) -> bool:
            if hook == "on_job_submitted" and args[1].resumed:
                await call(plugins, hook, *args)
            return bool(await call(plugins, hook, *args))

        return call_again

    replace(_plugins.Plugins, "call", twice)


MUTANTS = {
    "the claim taken away": Mutant(claim_taken_away, "sge"),
    "the intent after the act": Mutant(intent_after_the_act),
    "half a script counts": Mutant(half_a_script_counts),
    "the lock cleared too early": Mutant(lock_cleared_too_early),
    "nothing is taken up": Mutant(lambda: plans({Plan.TAKE_UP: Plan.RUN})),
    "successes run again": Mutant(lambda: plans({Plan.COLLECT: Plan.RUN})),
    "killed before it is gone": Mutant(killed_before_it_is_gone, scenario="kill"),
    "interrupted without a kill": Mutant(interrupted_without_a_kill, scenario="interrupt"),
    "hooks again for what is taken up": Mutant(hooks_again_for_what_is_taken_up),
}
