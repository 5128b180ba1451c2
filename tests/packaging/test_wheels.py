"""Wheels in fresh environments: alone, together, and mixed with editable installs."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE, LOCAL, SGE, TESTING = ALL = ["xqute-core", "xqute-local", "xqute-sge", "xqute-testing"]

pytestmark = [pytest.mark.wheels, pytest.mark.timeout(600)]

PACKAGES = {
    CORE: "xqute",
    LOCAL: "xqute/schedulers/local",
    SGE: "xqute/schedulers/sge",
    TESTING: "xqute_testing",
}

ASK_FOR_LOCAL = """
import asyncio, xqute

async def main():
    try:
        xqute.Xqute("local")
    except xqute.XquteError as error:
        print(error)

asyncio.run(main())
"""

ECHO = """
import asyncio, xqute

async def main():
    producer = xqute.Xqute("local")
    job = await producer.push(["echo", 1])
    await producer.run_until_complete()
    print(job.status.name, job.rc, job.stdout_file.read_text().strip())

asyncio.run(main())
"""

LOAD_ALL = """
from importlib.metadata import entry_points
import xqute, xqute_testing, xqute.schedulers.sge

for entry in entry_points(group="xqute.schedulers"):
    assert issubclass(entry.load(), xqute.Scheduler)
    print(entry.name)
"""

CONFORMANCE = """
import pytest
from xqute_testing.suite import Arguments, UnderTest

@pytest.fixture
def under_test(fake_gridengine):
    return UnderTest("sge", options=fake_gridengine.commands, settings={"min_interval": 0.1})

class TestIt(Arguments):
    pass
"""


class Environment:
    """A fresh virtual environment, isolated from the one that runs the tests."""

    def __init__(self, folder):
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)

    def python(self, *arguments):
        done = subprocess.run(
            [self.folder / "bin/python", *arguments],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def pip(self, *arguments):
        return self.python("-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The wheel of each distribution."""
    built = tmp_path_factory.mktemp("wheels")
    sources = [ROOT / "packages" / name for name in ALL]
    builder = Environment(tmp_path_factory.mktemp("builder"))
    builder.pip("wheel", "--no-deps", "--wheel-dir", built, *sources)
    found = {path.name.partition("-")[0].replace("_", "-"): path for path in built.iterdir()}
    assert sorted(found) == ALL
    return found


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "environment")


@pytest.mark.parametrize("distribution", ALL)
def test_a_wheel_holds_its_own_package_and_nothing_of_another(wheels, distribution):
    with zipfile.ZipFile(wheels[distribution]) as wheel:
        files = [name for name in wheel.namelist() if ".dist-info/" not in name]
        metadata = [name for name in wheel.namelist() if ".dist-info/" in name]

    package = PACKAGES[distribution]
    assert [name for name in files if not name.startswith(f"{package}/")] == []
    assert {f"{package}/__init__.py", f"{package}/py.typed"} <= set(files)
    assert "xqute/schedulers/__init__.py" not in files
    assert any(name.endswith("/licenses/LICENSE") for name in metadata)


def test_core_alone_says_what_to_install(wheels, environment):
    environment.pip("install", wheels[CORE])
    assert "pip install xqute-local" in environment.python("-c", ASK_FOR_LOCAL)


def test_core_and_local_run_a_command(wheels, environment):
    environment.pip("install", wheels[CORE], wheels[LOCAL])
    assert environment.python("-c", ECHO) == "FINISHED 0 1\n"


def test_all_together_find_each_other(wheels, environment):
    environment.pip("install", *wheels.values())
    environment.pip("check")
    found = environment.python("-c", LOAD_ALL).split()
    assert sorted(found) == ["local", "scripted", "sge"]
    assert environment.python("-c", ECHO) == "FINISHED 0 1\n"
    (environment.folder / "test_it.py").write_text(CONFORMANCE)
    words = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_it.py"]
    assert "4 passed" in environment.python(*words)


@pytest.mark.parametrize("editable", [CORE, LOCAL])
def test_wheels_and_editable_sources_mix(wheels, environment, editable):
    other = wheels[LOCAL if editable == CORE else CORE]
    environment.pip("install", other, "--editable", ROOT / "packages" / editable)
    assert environment.python("-c", ECHO) == "FINISHED 0 1\n"


@pytest.mark.usefixtures("task_spooler")
def test_the_scheduler_of_the_tutorial_keeps_every_promise(wheels, environment, tmp_path):
    example = ROOT / "examples/xqute-tsp"
    environment.pip("wheel", "--no-deps", "--wheel-dir", tmp_path / "dist", example)
    (wheel,) = (tmp_path / "dist").iterdir()
    environment.pip("install", wheels[CORE], wheels[TESTING], wheel)
    environment.pip("check")
    shutil.copytree(example / "tests", environment.folder / "tests")
    said = environment.python("-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "tests")
    assert re.search(r"^7\d passed", said, re.MULTILINE), said
