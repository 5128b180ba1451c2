"""Controllers that are started, killed with SIGKILL, and started again."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CONTROLLER = Path(__file__).with_name("controller.py")


@pytest.fixture
def chance(request):
    """Random numbers whose seed is printed when the test fails; XQUTE_SEED repeats a run."""
    seed = int(os.environ.get("XQUTE_SEED", random.SystemRandom().getrandbits(32)))
    print(f"XQUTE_SEED={seed}")
    return random.Random(seed)


class Controllers:
    """Controllers that run the same jobs, one after another."""

    def __init__(self, folder, commands, options):
        self.kills = 0
        self._up = folder / "up"
        self._plan = folder / "plan.json"
        plan = {"up": str(self._up), "commands": commands}
        self._plan.write_text(json.dumps(plan | {"options": options}))

    def start(self):
        """Start a controller, and return it when it is about to push its first job."""
        self._up.unlink(missing_ok=True)
        process = subprocess.Popen([sys.executable, CONTROLLER, self._plan], start_new_session=True)
        self.wait(lambda: self._up.exists() or process.poll() is not None)
        return process

    def kill(self, process):
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it has ended by itself"
        self.kills += 1

    def finish(self, timeout):
        """Start a controller, and wait until it has ended."""
        assert self.start().wait(timeout) == 0

    @staticmethod
    def wait(condition, limit=60):
        deadline = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.001)


@pytest.fixture
def controllers(tmp_path):
    """Creates controllers for some commands, with their jobs below the test's folder."""

    def make(commands, **options):
        options = {"job_metadir": str(tmp_path / "jobs"), "cwd": str(tmp_path)} | options
        return Controllers(tmp_path, commands, options)

    return make
