"""What the tests of the fake Grid Engine share: a cell, and a shell that calls its commands."""

import subprocess

import pytest


class Shell:
    """Calls the commands of a cell in a folder."""

    def __init__(self, engine, folder):
        self.engine, self.folder = engine, folder

    def __call__(self, *words, stdin=""):
        """Run a command, and return the completed process."""
        return subprocess.run(
            words,
            check=False,
            cwd=self.folder,
            env=self.engine.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def start(self, *words, stdout=subprocess.PIPE, stderr=None):
        """Start a command, and return its process."""
        return subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.engine.environment,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )

    def submit(self, *words, script=None):
        """Submit a command or a script, and return the number of the job."""
        if script is None:
            ended = self("qsub", "-terse", "-cwd", "-j", "y", "-b", "y", *words)
        else:
            ended = self("qsub", "-terse", "-cwd", "-j", "y", *words, stdin=script)
        assert ended.returncode == 0, ended.stderr
        return int(ended.stdout.partition(".")[0])

    def account(self, job):
        """Return `failed` and the exit status of each accounting record of a job."""
        lines = [line.split() for line in self("qacct", "-j", str(job)).stdout.splitlines()]
        values = [words[1] for words in lines if words[0] in ("failed", "exit_status")]
        return list(zip(map(int, values[::2]), map(int, values[1::2]), strict=True))


@pytest.fixture
def engine(fake_gridengine):
    """The cell of this test."""
    return fake_gridengine


@pytest.fixture
def shell(engine, tmp_path):
    """A shell for the cell of this test."""
    return Shell(engine, tmp_path)


@pytest.fixture
def shell_of(tmp_path):
    """Makes a shell for a cell that the test itself has made."""
    return lambda engine: Shell(engine, tmp_path)
