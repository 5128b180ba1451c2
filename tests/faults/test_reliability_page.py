"""Every row of `docs/reliability.md` names a test that exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reliability.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| Fault |")
]


@cache
def functions_in(path):
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_tests_that_exist(row):
    fault, what, seen, proof = row
    assert fault
    assert what
    assert seen
    named = re.findall(r"`([\w/-]+\.py)::(test_\w+)`", proof)
    assert named
    assert re.sub(r"`[\w/-]+\.py::test_\w+`", "", proof).strip() == ""
    for file, name in named:
        folder, _, rest = file.partition("/")
        package = ROOT / "packages" / folder / "tests"
        path = package / rest if package.is_dir() else ROOT / "tests" / file
        assert name in functions_in(path), path


def test_there_are_as_many_as_faults_are_known():
    assert len(ROWS) >= 50


def test_the_thirteen_that_tests_cite_are_listed():
    cited = [match[0] for row in ROWS if (match := re.match(r"T\d+(?=: )", row[0]))]
    assert cited == [f"T{number}" for number in range(1, 14)]
