"""A job goes on when the controller dies, however that happens."""

import os
import signal
import subprocess
import sys

import pytest

from xqute import ProcessIdentity

pytestmark = pytest.mark.anyio

WITH_TERMINAL = """
import os, runpy, sys
os.open(sys.argv.pop(1), os.O_RDWR)  # A leader of a session takes the first terminal it opens.
exec(sys.argv.pop(1))
"""


def wait_for(gate):
    return ["sh", "-c", f"until [ -e '{gate}' ]; do sleep 0.01; done; echo through"]


async def test_a_job_is_in_a_session_of_its_own(producer):
    async with producer() as xqute:
        job = await xqute.push(["python3", "-c", "import os; print(os.getsid(0))"])
    leader = (await job.stdout()).strip()
    assert leader == job.uid.split("/")[0]
    assert int(leader) != os.getsid(0)


async def test_it_goes_on_when_the_controller_is_killed(left_running, metadir, read, until):
    gate = metadir.parent / "gate"
    await left_running({"cmd": wait_for(gate)})
    gate.touch()
    assert await until(lambda: read(metadir / "0/job.rc")) == "0\n"
    assert read(metadir / "0/job.stdout") == "through\n"


async def test_it_goes_on_when_the_terminal_of_the_controller_is_closed(
    start_controller, metadir, read, until
):
    gate = metadir.parent / "gate"
    master, terminal = os.openpty()
    process = _on_terminal(start_controller, terminal, {"cmd": wait_for(gate)})
    os.close(terminal)
    await until(lambda: "RUNNING\n" in read(metadir / "0/job.status"))

    os.close(master)

    await until(lambda: process.poll() is not None)
    assert process.returncode == -signal.SIGHUP
    gate.touch()
    assert await until(lambda: read(metadir / "0/job.rc")) == "0\n"


def _on_terminal(start_controller, terminal, *jobs):
    plain = start_controller.program(*jobs)
    words = [sys.executable, "-c", WITH_TERMINAL, os.ttyname(terminal), plain[2], *plain[3:]]
    return start_controller.run(words, stderr=subprocess.DEVNULL)


async def test_the_lock_names_its_process(left_running, metadir, read):
    await left_running({"cmd": ["sleep", "60"]})
    identity = ProcessIdentity.parse(read(metadir / "0/job.lock"))
    assert identity.alive
    assert os.getsid(identity.pid) == identity.pid
