"""What a command was asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a command.

    Attributes:
        command: Its name.
        words: What follows the name.
        cwd: The folder that it was called in.
        environ: Its environment.
        stdin: What it read, None as long as that was not wanted.
    """

    command: str
    words: Sequence[str]
    cwd: str
    environ: Mapping[str, str]
    stdin: bytes | None = None


@dataclass(slots=True)
class Answer:
    """What a command prints, and its exit status."""

    out: str = ""
    err: str = ""
    status: int = 0


class Refusal(Exception):
    """A command ends with an error.

    Attributes:
        text: What it prints on standard error, with its last newline.
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
    """The command is to send what it reads, and is called again with that."""
