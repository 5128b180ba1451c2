"""The two clusters that the table runs on, and how a row is run on each."""

import grp
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import MappingProxyType

from masks import Names

PATIENCE = 60
#: Less than the time limit of a test, so that a wait in vain is reported as such.
LONGEST_WAIT = 40
LOOK_AGAIN = 0.05
#: Job numbers start above those of tasks, signals and days, so that they can be told apart.
FIRST_JOB = 1100
SUBMITTED = re.compile(r"^(?:Your job(?:-array)? )?(\d+)(?=[. \n])", re.MULTILINE)
TOO_LATE = f"waited {LONGEST_WAIT} s for: "


class Cluster:
    """The common part of both clusters."""

    name: str
    user: str
    bin: str
    hosts: tuple
    paths: dict
    prefix = ()
    settings = MappingProxyType({})

    def run(self, row):
        """Run a row; return the masked output of each of its steps."""
        folder = tempfile.mkdtemp(prefix="row-")
        Path(folder).chmod(0o755)
        if self.user != pwd.getpwuid(os.getuid()).pw_name:
            shutil.chown(folder, self.user)
        try:
            return Run(self, folder).steps(row)
        finally:
            Run(self, folder).clear()
            shutil.rmtree(folder)

    def environment(self, jobs):
        account = pwd.getpwnam(self.user)
        return {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "HOME": account.pw_dir,
            "USER": self.user,
            "LOGNAME": self.user,
            "SHELL": "/bin/bash",
            "LC_ALL": "C.UTF-8",
            **self.settings,
            **{f"J{number}": job for number, job in enumerate(jobs, 1)},
        }


class Run:
    """One row while it runs."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        account = pwd.getpwnam(cluster.user)
        group = grp.getgrgid(account.pw_gid).gr_name
        self.names = Names(
            cluster.user, group, account.pw_dir, cluster.hosts, folder, cluster.paths, []
        )

    def steps(self, row):
        return [
            self._wait(step.command) if step.waits else self._do(step.command) for step in row.steps
        ]

    def clear(self):
        """Remove everything that the row has left."""
        self._shell("qdel -u $USER")
        while self._states():
            time.sleep(LOOK_AGAIN)

    def _do(self, command):
        ended = self._shell(command)
        self.names.ids += SUBMITTED.findall(ended.stdout) if "qsub" in command else []
        lines = _lines("1| ", ended.stdout) + _lines("2| ", ended.stderr)
        return [*map(self._masked, lines), f"=> {ended.returncode}"]

    def _masked(self, line):
        return line[:3] + self.names.mask(line[3:])

    def _wait(self, command):
        deadline = time.monotonic() + LONGEST_WAIT
        try:
            kind, *words = self._expanded(command)
        except KeyError as error:
            return [f"waits for a job that was not submitted: {error}"]
        look = WAITS[kind]
        while not look(self, *words):
            if time.monotonic() > deadline:
                return [TOO_LATE + command]
            time.sleep(LOOK_AGAIN)
        return []

    def _expanded(self, command):
        jobs = self.cluster.environment(self.names.ids)
        return re.sub(r"\$(J\d+)", lambda found: jobs[found[1]], command).split()

    def _shell(self, command):
        return subprocess.run(
            [*self.cluster.prefix, "/bin/sh", "-c", command],
            check=False,
            cwd=self.folder,
            env=self.cluster.environment(self.names.ids),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    # --- conditions to wait for ---

    def _states(self):
        """Return the states of all tasks of each job, and of each task, as qstat lists them."""
        states = {}
        for line in self._shell("qstat -g d").stdout.split("\n")[2:-1]:
            words = line.split()
            states.setdefault(words[0], set()).add(words[4])
            states[f"{words[0]}.{words[-1]}"] = {words[4]}
        return states

    def _reached(self, job, state):
        """Return whether a task, or all tasks of a job, have this state."""
        return self._states().get(job) == {state}

    def _gone(self, job):
        return job not in self._states()

    def _accounted(self, job, lines="1"):
        return self._shell(f"qacct -j {job}").stdout.count("\nfailed") >= int(lines)

    def _file(self, name):
        return (Path(self.folder) / name).exists()


WAITS = {
    "wait": Run._reached,
    "gone": Run._gone,
    "accounted": Run._accounted,
    "file": Run._file,
}


def _lines(prefix, text):
    if not text:
        return []
    end = [] if text.endswith("\n") else [prefix + "(no newline)"]
    return [prefix + line for line in text.removesuffix("\n").split("\n")] + end


class FakeCluster(Cluster):
    """The fake cell; it is as slow as the real one where that makes a difference."""

    name = "fake"

    def __init__(self, engine):
        self.engine = engine
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.bin = str(engine.folder / "bin")
        self.hosts = engine.hosts
        folder = re.escape(str(engine.folder))
        self.paths = {
            rf"{folder}/spool/[^/]+": "<spool>",
            rf"{folder}/tmp": "/tmp",
            rf"{folder}/bin": "<bin>",
            folder: "<cell>",
        }

    def lying(self, folder):
        """Return the same cluster with the commands from another folder."""
        liar = FakeCluster(self.engine)
        liar.bin = folder
        liar.paths = {re.escape(folder): "<bin>", **self.paths}
        return liar


class RealCluster(Cluster):
    """The cell of tests/clusters/gridengine.sh, used by an ordinary user."""

    name = "real"
    bin = "/usr/lib/gridengine"
    settings = MappingProxyType({"SGE_ROOT": "/var/lib/gridengine", "SGE_CELL": "default"})
    paths = MappingProxyType(
        {
            r"/var/spool/gridengine/execd/[^/]+": "<spool>",
            r"/usr/lib/gridengine": "<bin>",
            r"/var/lib/gridengine": "<cell>",
        }
    )

    def __init__(self):
        # `localhost` is another name of the host.
        self.hosts = (socket.gethostname(), "localhost")
        self.user = pwd.getpwuid(os.getuid()).pw_name
        if os.geteuid() == 0:
            self.user = os.environ.get("GRIDENGINE_USER", "xqute")
            uid = f"--reuid={self.user}", f"--regid={self.user}", "--init-groups"
            self.prefix = ("setpriv", *uid)

    def make_ready(self):
        """Raise the job numbers until they can't be confused; refused jobs use numbers up."""
        run = Run(self, "/tmp")
        count = f"""
            while :; do
                set -- $(qsub -h -terse -b y true)
                qdel "$1" >/dev/null
                [ "$1" -lt {FIRST_JOB} ] || break
                for i in $(seq $(({FIRST_JOB} - $1 < 100 ? {FIRST_JOB} - $1 : 100))); do
                    qsub -b y -q nosuch.q true 2>/dev/null
                done
            done
        """
        run._shell(count)
