"""The scheduler of docs/tutorial.md is the one in examples/xqute-tsp, and keeps its promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/xqute-tsp"
TUTORIAL = (ROOT / "docs/tutorial.md").read_text()
FILES = [*EXAMPLE.rglob("*.py"), *EXAMPLE.rglob("*.toml")]


@pytest.fixture
def a_queue(task_spooler, tmp_path, monkeypatch):
    """A queue of task-spooler that only this test uses."""
    monkeypatch.setenv("TS_SOCKET", str(tmp_path / "socket"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield
    subprocess.run(["tsp", "-K"], check=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(EXAMPLE)))
def test_the_blocks_of_the_tutorial_one_below_the_other_are_the_file(file):
    name = re.escape(f"`{file.relative_to(EXAMPLE)}`:")
    blocks = re.findall(rf"{name}\n\n```\w+\n(.*?)```\n", TUTORIAL, re.DOTALL)
    assert "\n".join(blocks) == file.read_text()


def test_every_block_of_code_is_of_a_file():
    blocks = re.findall(r"(.*)\n\n```(?:python|toml)\n", TUTORIAL)
    named = [re.search(r"`([^`]+)`:$", line) for line in blocks]
    assert {EXAMPLE / match[1] for match in named if match} == set(FILES)
    assert None not in named


def test_every_message_that_it_explains_is_one_of_the_suite():
    suite = ROOT / "packages/xqute-testing/src/xqute_testing/suite"
    source = "".join(path.read_text() for path in suite.glob("*.py"))
    table = TUTORIAL[TUTORIAL.index("## What the suite says") :]
    messages = re.findall(r"^\| \*(.+)\* \|", table, re.MULTILINE)
    whole = [message for message in messages if not message.startswith("...")]
    assert len(whole) > 5
    assert [message for message in whole if message not in source] == []


@pytest.mark.usefixtures("a_queue")
def test_the_first_three_methods_print_what_is_shown(tmp_path):
    command = [sys.executable, EXAMPLE / "first.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    shown = TUTORIAL[TUTORIAL.index("python first.py") :]
    assert f"```text\n{done.stdout}```" in shown


@pytest.mark.timeout(180)
def test_it_passes_the_quick_half_of_the_suite(task_spooler, tmp_path):
    """tests/packaging runs the whole suite on the wheel."""
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--target", target]
    subprocess.run([*pip, *options, EXAMPLE], check=True)
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*suite, "-m", "xqute_quick", "-c", EXAMPLE / "pyproject.toml", EXAMPLE / "tests"],
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
