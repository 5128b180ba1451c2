"""The demo: its output, and that after an interrupt it does only what is left."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "compress_tree.py"
# Users with many files have odd file names.
NAMES = [f"{i:02} $(touch pwned) 'é' \"*\".txt" for i in range(12)]
GATES = NAMES[5:7]

# Runs in front of the real gzip: it records each file that is begun, and waits at two of them.
GZIP = f"""#!/bin/sh
printf '%s\\n' "$3" >>"$LEDGER"
case $3 in */05*|*/06*) echo >"$REACHED"; read -r _ <"$GATE" ;; esac
exec {shutil.which("gzip")} "$@"
"""


class Demo:
    """The demo, run on a folder of twelve files."""

    def __init__(self, place):
        self.place = place
        self.folder = place / "the files"
        self.folder.mkdir()
        for size, name in enumerate(NAMES, 1):
            (self.folder / name).write_text("x" * 100 * size)
        programs = place / "bin"
        programs.mkdir()
        (programs / "gzip").write_text(GZIP)
        (programs / "gzip").chmod(0o755)
        self.ledger = place / "ledger"
        os.mkfifo(place / "reached")
        os.mkfifo(place / "gate")
        # Open for reading and writing, so that neither side waits for the other to open it.
        self.reached = os.open(place / "reached", os.O_RDWR)
        self.env = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LEDGER": str(self.ledger),
            "REACHED": str(place / "reached"),
            "GATE": str(place / "gate"),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, *options, gate="gate"):
        command = [sys.executable, EXAMPLE, self.folder, "--jobs", "2", *options]
        return subprocess.Popen(
            command,
            cwd=self.place,
            env=self.env | {"GATE": str(self.place / gate)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def started(self):
        """Return the names of the files that gzip was started for, in order."""
        paths = self.ledger.read_text().splitlines()
        return [path.removeprefix(f"{self.folder}/") for path in paths if path.endswith(".txt")]

    def claims(self):
        """Return the claims of all attempts of all jobs, with their text."""
        found = (self.place / ".xqute-demo").glob("*/job.claim.*")
        return {path: path.read_text() for path in found}


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path)
    (tmp_path / "open").write_text("\n")
    yield demo
    os.close(demo.reached)


def test_the_table_has_the_ten_best_and_what_failed(demo):
    process = demo.start(gate="open")
    out, _ = process.communicate()
    assert process.returncode == 0, out
    assert f"gzip -9 of all 12 files in {demo.folder}, 2 at once" in out
    table = out[out.index("ratio") :].splitlines()
    # The longer the file of equal letters, the better the ratio.
    assert [line.split("  ")[-1] for line in table[1:11]] == NAMES[:1:-1]
    assert re.search(r"^run: 13 jobs, \d+ jobs/s$", out, re.MULTILINE)
    assert "taken from the former run" not in out
    assert "failed: 1;" in out
    assert "job 0, 3 attempts, EXIT: exit status 1: gzip: " in out
    assert out.endswith(f"all about every job: {demo.place / '.xqute-demo'}\n")
    assert sorted(demo.started()) == NAMES
    assert not list(demo.place.rglob("pwned"))


def test_the_limit_is_told(demo):
    out, _ = demo.start("--limit", "3").communicate()
    assert "gzip -9 of the first 3 (see --limit) of 12 files" in out
    assert sorted(demo.started()) == NAMES[:3]


def test_after_an_interrupt_only_what_is_left_is_done(demo):
    process = demo.start()
    # Both slots are taken by files that wait: the middle of the run.
    for _ in GATES:
        os.read(demo.reached, 1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate()
    assert process.returncode == 130, out
    assert re.search(r"^interrupted: \d of 13 done", out, re.MULTILINE)
    assert "Traceback" not in out
    assert sorted(demo.started()) == NAMES[:7]
    # Job 0 is the one that fails, so file n belongs to job n + 1.
    ended = {f"{index + 1}" for index in range(5)}
    before = {path: said for path, said in demo.claims().items() if path.parent.name in ended}
    assert len(before) == 5

    process = demo.start("--resume", gate="open")
    out, _ = process.communicate()
    assert process.returncode == 0, out
    assert "taken from the former run: 5 jobs" in out
    assert re.search(r"^run: 8 jobs", out, re.MULTILINE)
    # The two that were killed are run again; all others were started only once.
    assert sorted(demo.started()) == sorted([*NAMES, *GATES])
    after = {path: said for path, said in demo.claims().items() if path.parent.name in ended}
    assert after == before
    assert all(
        (demo.place / ".xqute-demo" / str(index + 1) / "job.rc").read_text() == "0\n"
        for index in range(12)
    )


def test_a_third_run_with_nothing_left_does_nothing_but_the_one_that_fails(demo):
    demo.start(gate="open").communicate()
    before = demo.started()
    out, _ = demo.start("--resume", gate="open").communicate()
    assert "taken from the former run: 12 jobs" in out
    assert demo.started() == before
