"""Reading the output of jobs: all of it, or line by line while they run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiofiles
import anyio
from aiofiles.threadpool.binary import AsyncBufferedReader

# Seconds between two reads of a file that a running job may append to. The file is polled, since no
# notification works on all file systems.
_POLL_INTERVAL = 0.05
# Bytes that are read in one call.
_BLOCK_SIZE = 256 * 1024


async def read_all(path: Path) -> str:
    """Return the text of the file at `path`; it is empty if there is no such file.

    Bytes that are not UTF-8 become surrogates (the error handler `surrogateescape`).

    Raises:
        OSError: The file can't be read.
    """
    try:
        async with aiofiles.open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            return await f.read()
    except FileNotFoundError:
        return ""


async def follow(
    path: Path, ended: Callable[[], bool], begun: Callable[[], bool] = lambda: True
) -> AsyncIterator[str]:
    """Yield the lines of the file at `path`, without newlines, as they are written.

    A last line without a newline is yielded at the end. If another attempt of the job replaces the
    file by a new one, its lines follow.

    Args:
        path: The file; it need not exist yet.
        ended: Returns whether nothing will be written any more.
        begun: Returns whether the file, if there is one, is the job's and not that of a former run.

    Raises:
        OSError: The file can't be read.
    """
    while True:
        # `ended` is asked first, so that what was written until the end is read after it.
        over = ended()
        file = await _open(path) if begun() else None
        if file is None:
            if over:
                return
            await anyio.sleep(_POLL_INTERVAL)
            continue
        try:
            async for line in _lines(path, file, ended):
                yield line
            if not await anyio.to_thread.run_sync(_replaced, path, file.fileno()):
                return
        finally:
            with anyio.CancelScope(shield=True):
                await file.close()


async def _open(path: Path) -> AsyncBufferedReader | None:
    try:
        return await aiofiles.open(path, "rb")
    except FileNotFoundError:
        return None


async def _lines(
    path: Path, file: AsyncBufferedReader, ended: Callable[[], bool]
) -> AsyncIterator[str]:
    """Yield the lines of an open file, until all is written or another file has its path."""
    line = bytearray()
    over = False
    while True:
        # It is read in blocks, since the output of a job may be larger than the memory.
        block = await file.read(_BLOCK_SIZE)
        # Only complete lines are decoded, since a block may end in the middle of a character.
        end, *begun = block.split(b"\n")
        line += end
        for begin in begun:
            yield line.decode("utf-8", "surrogateescape")
            line = bytearray(begin)
        if block:
            continue
        if over or await anyio.to_thread.run_sync(_replaced, path, file.fileno()):
            break
        over = ended()
        if not over:
            await anyio.sleep(_POLL_INTERVAL)
    if line:
        yield line.decode("utf-8", "surrogateescape")


def _replaced(path: Path, fd: int) -> bool:
    """Return whether another file than the open one has the path by now."""
    try:
        return not os.path.samestat(os.stat(path), os.fstat(fd))
    except FileNotFoundError:
        return False
