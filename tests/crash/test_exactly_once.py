"""A controller is killed at random moments, and each job writes its line exactly once."""

import time
from collections import Counter

import pytest

JOBS = 1000
KILLS = 100
# Some jobs end at once, and some still run when the next controller starts.
APPEND = 'if [ $(($1 % 4)) = 0 ]; then sleep 0.15; fi; echo "$1" >>ledger'


@pytest.mark.timeout(400)
def test_each_line_is_there_exactly_once(controllers, chance, tmp_path):
    commands = [["sh", "-c", APPEND, "job", str(index)] for index in range(JOBS)]
    runs = controllers(commands, job_resume=True, scheduler_forks=8)
    ledger = tmp_path / "ledger"
    ledger.touch()

    def lines():
        return ledger.read_bytes().count(b"\n")

    for kill in range(KILLS):
        process = runs.start()
        if kill % 5 == 0:
            # At any moment: while jobs are pushed, most of which have ended before …
            time.sleep(chance.uniform(0, 0.15))
        else:
            # … and when some more have ended, so that all kills come before the last job.
            enough = (kill + chance.random()) * JOBS / (KILLS + 5)
            runs.wait(lambda enough=enough: lines() >= enough)
            time.sleep(chance.uniform(0, 0.01))
        runs.kill(process)
    runs.finish(timeout=60)

    print(f"{runs.kills} kills, {JOBS} jobs")
    counts = Counter(ledger.read_text().split())
    assert {line: n for line, n in counts.items() if n > 1} == {}
    assert counts.keys() == {str(index) for index in range(JOBS)}
    assert runs.kills == KILLS
