"""The process limit is reached when a wrapped script is about to start its command."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from xqute import FailureKind
from xqute._attempt_files import Intent, write_script
from xqute._report import read_report
from xqute._script import ScriptParts, render

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
    folder = open_folder / "0"
    claim = f"{folder}/job.claim.0a"
    parts = ScriptParts(
        shell=shell,
        title="Job 0.",
        name="job.wrapped.test",
        folder=str(folder),
        claim=claim,
        cmd=("/usr/bin/touch", str(folder / "ran")),
        env=None,
        cwd="/",
        timeout=timeout,
        kill_grace=1.0,
    )
    script = f"{folder}/job.wrapped.test"
    write_script(str(folder), script, render(parts), Intent(0, "0a", "ff"))
    for path in (folder, script):
        os.chown(path, NOBODY, NOBODY)
    who = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    done = subprocess.run(
        [*who, "prlimit", "--nproc=1", shell, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert not (folder / "ran").exists()
    report = read_report(str(folder), claim, over=True, timed=timeout is not None)
    assert report.failure is not None, (done, report)
    assert report.failure.kind in (FailureKind.EXIT, FailureKind.NEVER_STARTED)
