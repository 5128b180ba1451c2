"""Counts the commands that a scheduler runs in this process, and makes them fail."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any


class Trouble(Enum):
    """How a command fails."""

    #: It prints an error, and its exit status is 1.
    FAILS = "fails"
    #: A signal kills it before it has printed anything.
    KILLED = "is killed"
    #: No process can be started for it.
    NOT_STARTED = "can't be started"


_INSTEAD = {
    Trouble.FAILS: "echo 'no answer: the conformance suite makes commands fail' >&2; exit 1",
    Trouble.KILLED: "kill -KILL $$",
}
# After five seconds without the gate, the command goes on by itself.
_HELD = """
n=0; until [ -e {gate} ] || [ $n = 250 ]; do n=$((n+1)); sleep 0.02; done
[ -e {gate} ] || : >{gate}.late
exec "$@"
"""


class Commands:
    """Intercepts all commands that are started in this process while it is installed.

    It replaces `subprocess.Popen`, which asyncio and anyio use as well.

    Attributes:
        count: The number of commands so far.
        trouble: How the next commands fail, None if they do not.
        gate: The file that the next commands wait for, None for none. If it is not there after
            five seconds, the command makes a file of that name with `.late`, and goes on.
    """

    def __init__(self) -> None:
        self.count = 0
        self.trouble: Trouble | None = None
        self.gate: Path | None = None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Intercept commands within the context."""
        original = subprocess.Popen.__init__
        subprocess.Popen.__init__ = self._replacing(original)  # type: ignore[method-assign]
        try:
            yield
        finally:
            subprocess.Popen.__init__ = original  # type: ignore[method-assign]

    @contextmanager
    def failing(self, trouble: Trouble) -> Iterator[None]:
        """Have all commands fail within the context."""
        self.trouble = trouble
        try:
            yield
        finally:
            self.trouble = None

    def _replacing(self, original: Callable[..., None]) -> Callable[..., None]:
        def init(process: subprocess.Popen[Any], args: Any, *rest: Any, **options: Any) -> None:
            self.count += 1
            if self.trouble is Trouble.NOT_STARTED:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            if self.trouble is not None:
                args = ["/bin/sh", "-c", _INSTEAD[self.trouble]]
                options |= {"shell": False, "executable": None}
            elif self.gate is not None:
                script = _HELD.format(gate=shlex.quote(str(self.gate)))
                args = ["/bin/sh", "-c", script, "sh", *_words(args, options)]
                options |= {"shell": False, "executable": None}
            original(process, args, *rest, **options)

        return init


def _words(args: Any, options: dict[str, Any]) -> Sequence[Any]:
    if options.get("shell"):
        return ["/bin/sh", "-c", args]
    return [args] if isinstance(args, str | bytes | os.PathLike) else list(args)
