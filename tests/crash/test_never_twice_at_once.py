"""Without `job_resume` jobs are run again, but none is started while it still runs."""

import time

import pytest

JOBS = 20
KILLS = 30
# The folder exists while the job runs, and only one process can create it.
EXCLUSIVE = """
if mkdir "running.$1" 2>>second; then
    sleep "$2"
    rmdir "running.$1"
else
    echo "$1" >>twice
fi
"""


@pytest.mark.timeout(120)
def test_no_job_is_started_while_it_runs(controllers, chance, tmp_path):
    commands = [
        ["sh", "-c", EXCLUSIVE, "job", str(index), str(round(chance.uniform(0.01, 1), 3))]
        for index in range(JOBS)
    ]
    runs = controllers(commands, scheduler_forks=JOBS)
    for _ in range(KILLS):
        process = runs.start()
        time.sleep(chance.uniform(0, 0.3))
        runs.kill(process)
    runs.finish(timeout=60)

    print(f"{runs.kills} kills, {JOBS} jobs")
    assert not (tmp_path / "twice").exists()
    assert list(tmp_path.glob("running.*")) == []
