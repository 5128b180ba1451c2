"""Pushes jobs that are named after their index, and waits for them; it is meant to be killed."""

import asyncio
import json
import sys
from pathlib import Path

from xqute import JobStatus, Xqute


async def main(up: str, commands: list[list[str]], options: dict[str, object]) -> None:
    xqute = Xqute(**options)
    tell(up)
    for command in commands:
        await xqute.push(command)
    await xqute.run_until_complete()
    bad = [job for job in xqute.jobs if job.status is not JobStatus.FINISHED]
    if bad:
        sys.exit("\n".join([f"{job!r}: {job.failure}" for job in bad]))


def tell(up: str) -> None:
    Path(up).touch()


asyncio.run(main(**json.loads(Path(sys.argv[1]).read_text())))
