"""The test files in the README pass, and its tables are complete."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xqute_testing import FakeGridEngine, scripted, suite

README = (Path(__file__).parents[1] / "README.md").read_text()
FILES = [text for text in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "import" in text]


@pytest.mark.parametrize("number", range(len(FILES)))
def test_a_file_of_tests_passes(tmp_path, number):
    (tmp_path / "test_it.py").write_text(FILES[number])
    words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    words += ["-m", "xqute_quick"] if "SchedulerSuite" in FILES[number] else []
    ended = subprocess.run(words, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout


def test_there_are_two_such_files():
    assert len(FILES) == 2


@pytest.mark.parametrize("kind", [suite.UnderTest, suite.Capabilities, suite.System])
def test_every_field_is_in_a_table(kind):
    told = re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)
    assert [field.name for field in dataclasses.fields(kind) if field.name not in told] == []


def test_the_defaults_of_capabilities_are_told():
    told = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", README, re.MULTILINE))
    fields = dataclasses.fields(suite.Capabilities)
    assert told == {field.name: "yes" if field.default else "no" for field in fields}


def test_every_class_and_every_outcome_is_told():
    wanted = [f"`{name}`" for name, value in vars(suite).items() if isinstance(value, type)]
    wanted += [f"`{name}(" for name in scripted.__all__ if name.islower()]
    assert [name for name in wanted if name not in README] == ["`SchedulerSuite`"]


def test_every_method_of_the_fake_grid_engine_is_told():
    methods = [name for name in dir(FakeGridEngine) if not name.startswith("_")]
    assert [name for name in methods if f"`{name}`" not in README] == []
