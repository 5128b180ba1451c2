"""N x `true` through GNU parallel, with its log and results: N FOLDER FORKS."""

import json
import subprocess
import sys
import time
from pathlib import Path


def main(count: int, folder: str, forks: int) -> None:
    """Run, check every exit status in the log, and report."""
    log = Path(folder) / "joblog"
    command = ["parallel", "--will-cite", "-j", str(forks), "--joblog", str(log)]
    command += ["--results", f"{folder}/results", "true", "#"]
    began = time.perf_counter()
    numbers = "".join(f"{index}\n" for index in range(count))
    subprocess.run(command, check=True, input=numbers, text=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - began
    # The seventh column of the log is Exitval.
    statuses = [line.split("\t")[6] for line in log.read_text().splitlines()[1:]]
    if statuses != ["0"] * count:
        raise SystemExit("not all jobs have succeeded")
    print(json.dumps({"rate": count / took}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
