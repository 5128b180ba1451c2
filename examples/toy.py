"""Two commands, run by this machine: the whole of xqute in six lines."""

from __future__ import annotations

import asyncio

from xqute import Xqute


async def main() -> None:
    xqute = Xqute()
    await xqute.push(["echo", 1])
    await xqute.push(["echo", 2])
    await xqute.run_until_complete()
    for job in xqute.jobs:
        print(f"job {job.index}: {job.status.value}, printed {await job.stdout()!r}")


if __name__ == "__main__":
    asyncio.run(main())
