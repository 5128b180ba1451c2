"""Reading what jobs write: all of it, or line by line while they run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiofiles
import anyio
from aiofiles.threadpool.binary import AsyncBufferedReader

# Seconds between two looks at a file that a running job may add to: no system-wide way tells of it.
_LOOK_AGAIN = 0.05
# Bytes that are read at once.
_BLOCK = 256 * 1024


async def read_all(path: Path) -> str:
    """Return the text of `path`, empty where there is none; what is no UTF-8 as surrogates."""
    try:
        async with aiofiles.open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            return await f.read()
    except FileNotFoundError:
        return ""


async def follow(path: Path, ended: Callable[[], bool]) -> AsyncIterator[str]:
    """Yield the lines of `path` as they come, until `ended` says that none will come.

    A last line without its newline is yielded at the end. When another attempt begins with a new
    file, its lines follow those of the attempt before.
    """
    while True:
        # One more look after the end, for what came between the last look and it.
        over = ended()
        try:
            file = await aiofiles.open(path, "rb")
        except FileNotFoundError:
            if over:
                return
            await anyio.sleep(_LOOK_AGAIN)
            continue
        try:
            async for line in _lines(path, file, ended):
                yield line
            if not await anyio.to_thread.run_sync(_replaced, path, file.fileno()):
                return
        finally:
            with anyio.CancelScope(shield=True):
                await file.close()


async def _lines(
    path: Path, file: AsyncBufferedReader, ended: Callable[[], bool]
) -> AsyncIterator[str]:
    """Yield the lines of one file, until no more will come or another one has its path."""
    line = bytearray()
    over = False
    while True:
        # A block at a time: a job may have written more than there is memory.
        news = await file.read(_BLOCK)
        # Only whole lines are decoded: what was read may end within a character.
        end, *begun = news.split(b"\n")
        line += end
        for begin in begun:
            yield line.decode("utf-8", "surrogateescape")
            line = bytearray(begin)
        if news:
            continue
        if over or await anyio.to_thread.run_sync(_replaced, path, file.fileno()):
            break
        over = ended()
        if not over:
            await anyio.sleep(_LOOK_AGAIN)
    if line:
        yield line.decode("utf-8", "surrogateescape")


def _replaced(path: Path, fd: int) -> bool:
    try:
        return not os.path.samestat(os.stat(path), os.fstat(fd))
    except FileNotFoundError:
        return False
