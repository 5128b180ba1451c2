"""The process limit is reached when a wrapped script is about to start its command."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from xqute import FailureKind
from xqute.schedulers.local import LocalScheduler

NOBODY = 54322
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("prlimit"),
    reason="only root can be a user of its own, with a limit of its own",
)
SHELLS = [path for name in ("dash", "bash") if (path := shutil.which(name))]


@pytest.fixture
def open_folder():
    """A folder that other users may enter; pytest makes the folders above its own private."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("timeout", [None, 60.0])
def test_a_command_that_cannot_be_started_is_a_failure(open_folder, shell, timeout):
    scheduler = LocalScheduler(open_folder, 1, {"shell": shell, "cwd": "/", "kill_grace": 1.0})
    cmd = ("/usr/bin/touch", str(open_folder / "0" / "ran"))
    job = LocalScheduler.job_class(0, cmd, str(open_folder), timeout=timeout, options={})
    job.metadir.mkdir()
    script = job.wrapped_script("local")
    script.write_text(job.render_script(scheduler))
    for path in (job.metadir, script):
        os.chown(path, NOBODY, NOBODY)
    who = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    done = subprocess.run(
        [*who, "prlimit", "--nproc=1", shell, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert not (job.metadir / "ran").exists()
    report = job.read_report()
    assert report.failure is not None, (done, report)
    assert report.failure.kind in (FailureKind.EXIT, FailureKind.NEVER_STARTED)
