"""A program that uses xqute, as the tests run it: `controller.py FOLDER`; its `spec` says how.

It writes to files in that folder: a line for each hook to `events`, log lines to `log`, and at the
end the outcome of each job to `result`.
"""

import asyncio
import json
import logging
import resource
import sys
import time
from pathlib import Path

from xqute import Xqute, simplug


class Events:
    """Records which hook was called for which job, and when."""

    def __init__(self, file):
        self.file = file

    def write(self, hook, job):
        print(hook, job.index, job.uid, time.time(), file=self.file, flush=True)

    @simplug.impl
    async def on_job_submitted(self, scheduler, job):
        self.write("submitted", job)

    @simplug.impl
    async def on_job_running(self, scheduler, job):
        self.write("running", job)

    @simplug.impl
    async def on_job_failed(self, scheduler, job):
        self.write("failed", job)

    @simplug.impl
    async def on_job_succeeded(self, scheduler, job):
        self.write("succeeded", job)

    @simplug.impl
    async def on_job_killed(self, scheduler, job):
        self.write("killed", job)


def told(job):
    """Return the outcome of a job, as far as tests need it."""
    return {
        "status": job.status.value,
        "uid": job.uid,
        "rc": job.rc,
        "kind": job.failure.kind.value if job.failure else None,
        "detail": job.failure.detail if job.failure else None,
        "trial_count": job.trial_count,
        "usage": [job.usage.wall, job.usage.cpu, job.usage.host, job.usage.slots]
        if job.usage
        else None,
        "stdout": job.stdout_file.read_text() if job.stdout_file.exists() else None,
        "took": time.time() - job.times[next(iter(job.times))],
    }


async def main(folder, spec):
    with (folder / "events").open("a") as events:
        xqute = Xqute("sge", job_metadir=folder / "jobs", plugins=[Events(events)], **spec["xqute"])
        for name, value in spec["set"].items():
            setattr(xqute.scheduler, name, value)
        began = time.monotonic()
        try:
            for job in spec["jobs"]:
                await xqute.push(**job)
            (folder / "pushed").touch()
            await xqute.run_until_complete()
        finally:
            used = resource.getrusage(resource.RUSAGE_SELF)
            result = {
                "jobs": [told(job) for job in xqute.jobs],
                "wall": time.monotonic() - began,
                "cpu": used.ru_utime + used.ru_stime,
            }
            (folder / "result").write_text(json.dumps(result))


if __name__ == "__main__":
    where = Path(sys.argv[1])
    logging.basicConfig(filename=where / "log", format="%(asctime)s %(message)s")
    asyncio.run(main(where, json.loads((where / "spec").read_text())))
