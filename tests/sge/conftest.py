"""The cell of tests/clusters/gridengine.sh, and programs of an ordinary user who has jobs on it."""

import contextlib
import json
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
USER = "xqute"
COMMANDS = ("qsub", "qstat", "qdel", "qacct")
# It may read all that its Python needs, wherever that is installed; its jobs belong to the user.
AS_USER = (
    f"setpriv --reuid {USER} --regid {USER} --init-groups "
    "--inh-caps +dac_read_search --ambient-caps +dac_read_search"
).split()


def wait_for(condition, seconds=30):
    """Wait until `condition` returns a true value, and return that value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {seconds} s for {condition}"
        time.sleep(0.05)
    return value


@pytest.fixture(scope="session")
def cell(require, gridengine_cell):
    """The cell, without jobs."""
    require("" if os.geteuid() == 0 else "only root can use the cell", "hatch test -m cell tests")
    cell = Cell(gridengine_cell)
    cell.clear()
    return cell


class Cell:
    """The cell, as its administrator sees and changes it."""

    user = USER
    wait_for = staticmethod(wait_for)
    which = staticmethod(shutil.which)
    accounts = Path("/var/lib/gridengine/default/common/accounting")

    def __init__(self, script):
        self.script = script

    def ask(self, *words):
        """Run a command as root, and return what it prints."""
        ended = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
        return ended.stdout

    def listed(self):
        """Return the lines of qstat for the user's jobs."""
        return [line.split() for line in self.ask("qstat", "-u", USER).split("\n")[2:] if line]

    def empty(self):
        return not self.listed()

    def clear(self):
        """Delete all jobs of the user."""
        self.ask("qdel", "-u", USER)
        wait_for(self.empty, 60)

    def pid(self, daemon):
        found = self.ask("pgrep", "-o", "-x", daemon).split()
        return int(found[0]) if found else None

    def stop(self, daemon):
        """Stop one of the daemons, as an administrator who restarts it would."""
        os.kill(self.pid(daemon), signal.SIGTERM)
        wait_for(lambda: self.pid(daemon) is None, 60)

    def cut_power(self):
        """Simulate a power loss of the host: kill its execd and all that this has started."""
        gone = [self.pid("sge_execd")]
        # The execd is killed first, since it would report the ends of the other processes.
        for pid in gone:
            gone += map(int, self.ask("pgrep", "-P", str(pid)).split())
        for pid in gone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def up(self):
        """Start everything again."""
        subprocess.run(["bash", self.script, "up"], check=True, capture_output=True)

    def configure(self, name, value):
        """Change one setting of the cell."""
        lines = [
            f"{name} {value}" if line.split()[:1] == [name] else line
            for line in self.ask("qconf", "-sconf").split("\n")
            if not line.startswith("#")
        ]
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "global").write_text("\n".join(lines))
            self.ask("qconf", "-Mconf", f"{folder}/global")


@pytest.fixture
def controller(cell):
    """A program that is not started yet."""
    with made(cell) as controller:
        yield controller


@pytest.fixture
def many_controllers(cell):
    """Returns as many programs as the test asks for."""
    with contextlib.ExitStack() as stack:
        yield lambda count: [stack.enter_context(made(cell)) for _ in range(count)]


@pytest.fixture(scope="module")
def shared_controllers(cell):
    """Returns as many programs as are asked for, shared by the tests of a module."""
    with contextlib.ExitStack() as stack:
        yield lambda count: [stack.enter_context(made(cell)) for _ in range(count)]


class Controller:
    """A program of the ordinary user, with its own folder."""

    def __init__(self, folder):
        self.folder = folder
        self.jobs, self.options = [], {"scheduler_forks": 100}
        self.set = {"result_grace": 3.0, "min_interval": 1.0, "submit_interval": 0.5}
        self.prefix = AS_USER
        self.process = None
        for command in COMMANDS:
            self.replace(command, f'exec {shutil.which(command)} "$@"')

    def replace(self, command, script):
        """Replace a command that the program calls; each call is recorded."""
        bin_folder = self.folder / "bin"
        bin_folder.mkdir(exist_ok=True)
        path = bin_folder / command
        note = f'echo {command} "$@" >>{shlex.quote(str(self.folder / "commands"))}'
        fresh = path.with_suffix(".new")
        fresh.write_text(f"#!/bin/sh\n{note}\n{script}\n")
        fresh.chmod(0o755)
        fresh.replace(path)
        self.options[command] = str(path)

    def push(self, *cmd, **more):
        """Let the program push one more job."""
        self.jobs.append({"cmd": cmd, **more})

    def start(self):
        """Start the program, or start it again after it was killed."""
        spec = {"xqute": self.options, "set": self.set, "jobs": self.jobs}
        (self.folder / "spec").write_text(json.dumps(spec))
        for name in ("result", "pushed"):
            (self.folder / name).unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [*self.prefix, sys.executable, HERE / "controller.py", self.folder],
            cwd="/",
            env={**os.environ, "HOME": pwd.getpwnam(USER).pw_dir, "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
            stderr=subprocess.PIPE,
        )
        return self

    def as_user(self, *words):
        """Run a command as the user."""
        subprocess.run([*AS_USER, *words], check=True, capture_output=True, timeout=60)

    def finish(self, seconds=50):
        """Wait until the program has ended, and return how its jobs ended."""
        try:
            _, stderr = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not over after {seconds} s; {self.log()}") from None
        assert (self.folder / "result").exists(), stderr.decode() + self.log()
        return self.result["jobs"]

    def run(self, seconds=50):
        return self.start().finish(seconds)

    @property
    def result(self):
        return json.loads((self.folder / "result").read_text())

    def log(self):
        return (self.folder / "log").read_text() if (self.folder / "log").exists() else ""

    def events(self, hook):
        """Return the indexes of the jobs for which this hook was called, in this order."""
        lines = self._lines("events")
        return [int(index) for name, index, _, _ in lines if name == hook]

    def uid(self, index):
        """Wait until a job is submitted, and return its id."""
        return wait_for(lambda: self._uids().get(index))

    def _uids(self):
        return {int(index): uid for name, index, uid, _ in self._lines("events")}

    def commands(self, name):
        """Return the calls of one of the commands: their arguments."""
        return [words[1:] for words in self._lines("commands") if words[0] == name]

    def _lines(self, name):
        path = self.folder / name
        text = path.read_text() if path.exists() else ""
        return [line.split(" ") for line in text.splitlines()]

    def claim(self, index):
        """Wait until a job has started, and return the text of its claim."""

        def read():
            for path in (self.folder / "jobs" / str(index)).glob("job.claim.*"):
                words = path.read_text().split()
                if "pid" in words:
                    return dict(zip(words[::2], words[1::2], strict=False))
            return None

        return wait_for(read)

    def ledger(self):
        """Return the lines that jobs have appended to a file of the folder."""
        path = self.folder / "ledger"
        return path.read_text().split() if path.exists() else []


@contextlib.contextmanager
def made(cell):
    folder = Path(tempfile.mkdtemp(prefix="xqute sge-"))
    shutil.chown(folder, USER, USER)
    controller = Controller(folder)
    yield controller
    if controller.process is not None:
        controller.process.kill()
        controller.process.communicate()
    cell.clear()
    shutil.rmtree(folder)
