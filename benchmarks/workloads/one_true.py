"""One `true`: FOLDER."""

import asyncio
import sys

from xqute import Xqute


async def main() -> None:
    """Run it."""
    xqute = Xqute(job_metadir=sys.argv[1])
    await xqute.push(["true"])
    (job,) = await xqute.run_until_complete()
    if job.rc != 0:
        raise SystemExit(f"it failed: {job.failure}")


asyncio.run(main())
