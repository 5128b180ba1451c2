"""Finding and running Grid Engine's commands."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

import anyio

from xqute import InvalidType, InvalidValue, SchedulerUnavailable, argument_text

# Characters of a command's output that are shown in a message.
_MESSAGE_LENGTH = 2000


class CommandTimedOut(SchedulerUnavailable):
    """A command was ended at its time limit. It may have done its work or not."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended, and what it printed.

    Attributes:
        exit_status: Its exit status, negative for a signal.
        stdout: What it wrote to its standard output.
        stderr: What it wrote to its standard error.
    """

    exit_status: int
    stdout: str
    stderr: str

    @property
    def message(self) -> str:
        """What it printed, in one line, for people."""
        lines = (self.stderr + "\n" + self.stdout).split("\n")
        shown = [line.strip() for line in lines if line.strip(" .") not in ("", "Exiting")]
        return "; ".join(shown)[:_MESSAGE_LENGTH] or (
            f"it printed nothing, and ended with status {self.exit_status}"
        )


def find_command(option: str, command: object) -> str:
    """Return the absolute path of a command.

    Args:
        option: The option that it is given by, such as `qsub`.
        command: Its name or path.

    Raises:
        InvalidType: `command` is not a path.
        InvalidValue: There is no such command, or it can't be executed.
    """
    if not isinstance(command, str | os.PathLike):
        raise InvalidType(f"{option} is the name or the path of a command, not {command!r}")
    path = shutil.which(argument_text(command, option))
    if path is None:
        raise InvalidValue(
            f"{option}: the command {os.fspath(command)!r} is not there, or can't be executed; is "
            f"this a submit host of Grid Engine, with its settings? Else give its path, {option}="
        )
    return os.path.abspath(path)


async def run_command(*words: str, time_limit: float) -> CommandResult:
    """Run a command, and wait until it exits.

    It runs in a session of its own, so that Ctrl-C at the terminal reaches the controller alone.

    Args:
        words: The path of the command, and its arguments.
        time_limit: Seconds after which it is killed.

    Raises:
        CommandTimedOut: It ran longer than that.
        SchedulerUnavailable: It can't be started.
    """
    name = os.path.basename(words[0])
    try:
        with anyio.fail_after(time_limit):
            ended = await anyio.run_process(
                words, stdin=subprocess.DEVNULL, check=False, start_new_session=True
            )
    except TimeoutError:
        raise CommandTimedOut(f"{name} did not answer within {time_limit:g} s") from None
    except OSError as error:
        raise SchedulerUnavailable(f"{words[0]} can't be started: {error}") from error
    return CommandResult(
        ended.returncode,
        ended.stdout.decode("utf-8", "replace"),
        ended.stderr.decode("utf-8", "replace"),
    )
