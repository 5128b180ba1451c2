"""The lower bound: N FOLDER FORKS SCRIPT FORMER only writes and starts N copies of SCRIPT.

FORMER is the folder of the job that SCRIPT was written for; each copy gets its own folder.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path


def main(count: int, folder: str, forks: int, script: str, former: str) -> None:
    """Write, start, wait, check and report."""
    text = Path(script).read_text()
    began = time.perf_counter()
    running = 0
    failed = 0
    for index in range(count):
        own = f"{folder}/{index}"
        os.mkdir(own, 0o700)  # noqa: PTH102  # pathlib is slower, and this is the floor
        path = f"{own}/job.wrapped.local"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
        os.write(fd, text.replace(former, own).encode())
        os.close(fd)
        os.posix_spawn("/bin/sh", ["/bin/sh", path], os.environ, setsid=True)
        running += 1
        if running == forks:
            failed += os.wait()[1] != 0
            running -= 1
    for _ in range(running):
        failed += os.wait()[1] != 0
    took = time.perf_counter() - began
    wrong = sum(Path(f"{folder}/{i}/job.rc").read_text() != "0\n" for i in range(count))
    if failed or wrong:
        raise SystemExit(f"{failed} scripts and {wrong} commands failed")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"rate": count / took, "cpu": (used.ru_utime + used.ru_stime) / count}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
