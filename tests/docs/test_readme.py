"""Every code block in README.md works as shown.

`python` is run as a script in an empty folder, and prints the `text` below it (`...` stands for
anything). `sh` holds commands for the root of the repository. `toml` is the entry point of the
scheduler above it.
"""

import doctest
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
LANGUAGES = {"python", "text", "sh", "toml"}


class Block(NamedTuple):
    """A fenced block, and the one before it."""

    line: int
    language: str
    text: str
    above: "Block | None"

    def __repr__(self):
        return f"line-{self.line}"


def blocks_of(text):
    """Return the blocks of a page in Markdown.

    A block may be indented; one that is not closed fails here.
    """
    blocks, opened, above = [], None, None
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        fence = re.match(r"\s*(```+|~~~+)\s*(.*?)\s*$", line)
        if fence and opened is None:
            opened, start, lines = fence[2], number, []
        elif fence:
            above = Block(start, opened, "".join(lines), above)
            blocks.append(above)
            opened = None
        elif opened is not None:
            lines.append(line)
    assert opened is None, f"the block that begins in line {start} has no end"
    return blocks


BLOCKS = blocks_of(README)


def of(language):
    return pytest.mark.parametrize(
        "block", [block for block in BLOCKS if block.language == language], ids=str
    )


def test_every_block_is_of_a_kind_that_is_tested():
    assert {block.language for block in BLOCKS} == LANGUAGES


@of("text")
def test_every_output_has_its_script_above_it(block):
    assert block.above.language == "python"


#: What the end of a run may say on the standard error, of jobs that fail on purpose.
FAILURES = r"(\d+ of \d+ jobs? failed \(.*; the first failure: .*\n)?"


@of("python")
def test_a_script_runs_and_prints_what_is_shown(block, tmp_path):
    (tmp_path / "script.py").write_text(block.text)
    (tmp_path / "empty").mkdir()
    # Started by a shell: a child of this large process would count as large itself (decision 9).
    python = ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-W", "error"]
    done = subprocess.run(
        [*python, tmp_path / "script.py"],
        cwd=tmp_path / "empty",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(FAILURES, done.stderr)
    shown = [below.text for below in BLOCKS if below.above is block and below.language == "text"]
    expected = shown[0] if shown else ""
    same = doctest.OutputChecker().check_output(expected, done.stdout, doctest.ELLIPSIS)
    assert same or done.stdout == expected


def commands_of(block):
    """Return the commands of a block, each as a list of words."""
    text = block.text.replace("\\\n", " ")
    return [
        shlex.split(command, comments=True)
        for line in text.splitlines()
        for command in line.split("&&")
        if shlex.split(command, comments=True)
    ]


def scripts():
    return tomllib.loads((ROOT / "hatch.toml").read_text())["envs"]["default"]["scripts"]


def is_known(program, *words):
    """Return whether a command of the README is of a known kind and names files that exist."""
    name = Path(program).name
    if name == "python3" and words[:2] == ("-m", "venv"):
        return True
    if name == "pip" and words[0] == "install":
        wanted = [word for word in words[1:] if not word.startswith("-")]
        return bool(wanted) and all(
            word == "hatch" or (ROOT / word / "pyproject.toml").is_file() for word in wanted
        )
    if name == "hatch" and words[0] == "run":
        return words[1] in scripts() and all(word in told_by_demo() for word in words[2:])
    return name == "hatch" and words == ("test",)


def told_by_demo():
    helped = subprocess.run(
        [sys.executable, ROOT / "examples/compress_tree.py", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    return helped.stdout.split()


@of("sh")
def test_commands_are_of_a_known_kind_and_name_what_there_is(block):
    assert commands_of(block)
    for command in commands_of(block):
        assert is_known(*command), command


def test_the_first_two_commands_need_nothing_but_python_and_are_one_line_each():
    first, second = [block.text for block in BLOCKS if block.language == "sh"][:2]
    made = "python3 -m venv .venv && .venv/bin/pip install -q hatch && .venv/bin/hatch"
    assert (first, second) == (f"{made} run demo\n", f"{made} test\n")
    assert scripts()["demo"].startswith("python examples/compress_tree.py")


def test_continuous_integration_finds_the_second_of_them():
    inside = [line for block in BLOCKS for line in block.text.splitlines()]
    found = [line for line in inside if re.search(r"hatch test *$", line)]
    assert found == [
        "python3 -m venv .venv && .venv/bin/pip install -q hatch && .venv/bin/hatch test"
    ]


@of("toml")
def test_the_entry_point_names_the_scheduler_that_is_shown(block):
    points = tomllib.loads(block.text)["project"]["entry-points"]["xqute.schedulers"]
    shown = "".join(above.text for above in BLOCKS if above.language == "python")
    assert points
    for name, target in points.items():
        module, scheduler = target.split(":")
        assert module.isidentifier()
        assert f"class {scheduler}(Scheduler):\n    name = {name!r}" in shown.replace('"', "'")


def test_every_file_that_is_linked_to_is_there():
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
