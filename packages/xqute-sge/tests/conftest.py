"""A Grid Engine of four shell scripts. A test says what each of them does."""

import pytest

from xqute import Xqute

COMMANDS = ("qsub", "qstat", "qdel", "qacct")
NOTHING = """<?xml version='1.0'?>
<job_info><queue_info></queue_info><job_info></job_info></job_info>
"""


class Commands:
    """The commands qsub, qstat, qdel and qacct, as scripts in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir()
        for name in COMMANDS:
            self.put(name, "exit 1")
        self.put("qstat", f"cat <<'END'\n{NOTHING}END")

    def put(self, name, script):
        """Have a command run this script. Its arguments are recorded."""
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "$@" >>"$0.calls"\n{script}\n')
        path.chmod(0o755)

    def calls(self, name):
        """Return the arguments of each call of a command."""
        path = self.folder / f"{name}.calls"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def options(self):
        return {name: str(self.folder / name) for name in COMMANDS}


@pytest.fixture
def commands(tmp_path):
    return Commands(tmp_path / "bin")


@pytest.fixture
def make(tmp_path, commands):
    """Makes producers that wait shortly between two commands."""

    def make(**options):
        given = {"job_metadir": tmp_path / "jobs", "scheduler_forks": 100}
        xqute = Xqute("sge", **given | commands.options | options)
        for name in ("min_interval", "max_interval", "submit_interval", "result_grace"):
            setattr(xqute.scheduler, name, 0.1)
        return xqute

    return make
