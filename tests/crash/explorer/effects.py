"""Counts the effects of a controller, and kills it with SIGKILL right before one of them.

An effect is an audit event (see the table of audit events in Python's documentation) that changes a
file, starts a process or sends a signal. Some effects have no audit event in Python, and are added
here: a write, which counts twice, before it and in the middle of it; and the moments when a
scheduler command has begun, and when it has ended.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import anyio

_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_NAMES = frozenset({
    "os.chmod", "os.kill", "os.killpg", "os.link", "os.mkdir", "os.posix_spawn", "os.remove",
    "os.rename", "os.rmdir", "os.symlink", "os.truncate", "subprocess.Popen",
    "explorer.write", "explorer.begun", "explorer.ended",
})  # fmt: skip


@contextlib.contextmanager
def death_before(number: int | None) -> Iterator[None]:
    """Kill this process right before the effect with this number, counted from 1; None for never.

    The wrappers and the audit hook are not removed, since the process ends soon after.
    """
    count = 0
    counting = True
    write = os.write
    run_process = anyio.run_process

    def audit(event: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        if counting and _is_effect(event, args):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    def write_in_two(fd: int, data: bytes) -> int:
        sys.audit("explorer.write", fd)
        if count + 1 == number:
            write(fd, data[: len(data) // 2])
        sys.audit("explorer.write", fd)
        return write(fd, data)

    class Begun(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            sys.audit("explorer.begun")

    async def run_to_its_end(*args: Any, **more: Any) -> Any:
        ended = await run_process(*args, **more)
        sys.audit("explorer.ended")
        return ended

    if number is not None:
        os.write = write_in_two  # type: ignore[assignment]
        subprocess.Popen = Begun  # type: ignore[misc, assignment]
        anyio.run_process = run_to_its_end
        sys.addaudithook(audit)
    yield
    counting = False


def _is_effect(event: str, args: tuple[Any, ...]) -> bool:
    if event == "open":
        return bool(args[2] & _CHANGES)
    return event in _NAMES
