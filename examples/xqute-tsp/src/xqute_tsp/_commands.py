"""The command `tsp`: how it is run, and what its list says."""

from __future__ import annotations

import os
import re
import subprocess
from typing import NamedTuple

import anyio

from xqute import SchedulerUnavailable


class NotStarted(SchedulerUnavailable):
    """The command can't be started, so it has done nothing."""


async def tsp(*words: str) -> str:
    """Run a command of task-spooler, and return what it prints."""
    try:
        with anyio.fail_after(30):
            ended = await anyio.run_process(
                ["tsp", *words],
                stdin=subprocess.DEVNULL,
                check=False,
                start_new_session=True,  # Ctrl-C is for the controller alone
            )
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise SchedulerUnavailable("tsp has not answered for 30 seconds") from error
        raise NotStarted(f"tsp can't be started: {error}") from error
    if ended.returncode != 0:
        said = os.fsdecode(ended.stderr or ended.stdout).strip()
        raise SchedulerUnavailable(f"tsp ended with status {ended.returncode}: {said}")
    return os.fsdecode(ended.stdout)


class Row(NamedTuple):
    """A job in the list: its number in the queue, and whether it has started."""

    number: str
    runs: bool


_ROW = re.compile(r"^(\d+) +(queued|running) .*?\[(x[\w.-]+)\]", re.MULTILINE | re.ASCII)


async def listed() -> dict[str, Row]:
    """Return the jobs that task-spooler has, by their labels; not those that have ended."""
    text = await tsp("-l")
    if not text.startswith("ID "):
        raise SchedulerUnavailable(f"tsp -l has printed {text!r}")
    return {label: Row(number, state == "running") for number, state, label in _ROW.findall(text)}
