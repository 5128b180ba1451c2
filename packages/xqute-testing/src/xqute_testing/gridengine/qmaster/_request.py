"""A call of a command, its answer, and how a command refuses or needs more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a command.

    Attributes:
        command: The name of the command.
        words: Its arguments.
        cwd: The folder that it was called in.
        environ: Its environment.
        stdin: Its standard input, None unless the command has asked for it.
    """

    command: str
    words: Sequence[str]
    cwd: str
    environ: Mapping[str, str]
    stdin: bytes | None = None


@dataclass(slots=True)
class Answer:
    """What a command prints on standard output and standard error, and its exit status."""

    out: str = ""
    err: str = ""
    status: int = 0


class Refusal(Exception):
    """A command fails.

    Attributes:
        text: What it prints on standard error, including the last newline.
        status: Its exit status.
    """

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class Denied(Refusal):
    """The qmaster refuses a job."""

    def __init__(self, reason: str, status: int = 1) -> None:
        super().__init__(f"Unable to run job: {reason}\nExiting.\n", status)


class StdinWanted(Exception):
    """The command needs its standard input. The server gets it, and runs the command again."""
