"""Grid Engine's commands: how they are found, and how one is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

import anyio

from xqute import InvalidType, InvalidValue, SchedulerUnavailable


class TimedOut(SchedulerUnavailable):
    """A command was ended because its time was up; what it has done is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended, and what it printed.

    Attributes:
        code: Its exit status, negative for a signal.
        stdout: What it wrote to its standard output.
        stderr: What it wrote to its standard error.
    """

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """What it printed, in one line, for people."""
        lines = (self.stderr + "\n" + self.stdout).split("\n")
        said = "; ".join(
            [line.strip() for line in lines if line.strip(" .") not in ("", "Exiting")]
        )
        return said[:2000] or f"it printed nothing, and ended with status {self.code}"


def find(option: str, command: object) -> str:
    """Return the absolute path of a command.

    Args:
        option: The option that names it, as `qsub`.
        command: Its name or path.

    Raises:
        InvalidType: It is no path.
        InvalidValue: It is not there, or can't be executed.
    """
    if not isinstance(command, str | os.PathLike):
        raise InvalidType(f"{option} is the name or the path of a command, not {command!r}")
    path = shutil.which(command)
    if path is None:
        raise InvalidValue(
            f"{option}: the command {os.fspath(command)!r} is not there, or can't be executed; is "
            f"this a submit host of Grid Engine, with its settings? Else give its path, {option}="
        )
    return os.path.abspath(path)


async def run(*words: str, limit: float) -> Answer:
    """Run a command, apart from the terminal: Ctrl-C is for the controller, not for it.

    Args:
        words: The path of the command, and its arguments.
        limit: Seconds after which it is ended.

    Raises:
        TimedOut: Its time was up.
        SchedulerUnavailable: It can't be started.
    """
    name = os.path.basename(words[0])
    try:
        with anyio.fail_after(limit):
            ended = await anyio.run_process(
                words, stdin=subprocess.DEVNULL, check=False, start_new_session=True
            )
    except TimeoutError:
        raise TimedOut(f"{name} did not answer within {limit:g} s") from None
    except OSError as error:
        raise SchedulerUnavailable(f"{words[0]} can't be started: {error}") from error
    return Answer(
        ended.returncode,
        ended.stdout.decode("utf-8", "replace"),
        ended.stderr.decode("utf-8", "replace"),
    )
