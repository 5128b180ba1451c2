"""The rules that let several distributions contain parts of the package `xqute`."""

import ast
import re
import tomllib
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

from xqute import Scheduler

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = ["xqute-core", "xqute-local", "xqute-sge", "xqute-testing"]
EXTEND_PATH = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)'


def project(distribution):
    text = (ROOT / "packages" / distribution / "pyproject.toml").read_text()
    return tomllib.loads(text)["project"]


def registered():
    return {
        name: target
        for distribution in DISTRIBUTIONS
        for name, target in project(distribution)
        .get("entry-points", {})
        .get("xqute.schedulers", {})
        .items()
    }


def test_these_are_all_distributions():
    found = ROOT.glob("packages/*/pyproject.toml")
    assert sorted(path.parent.name for path in found) == DISTRIBUTIONS


def test_only_core_has_an_init_file_in_xqute():
    found = ROOT.glob("packages/*/src/xqute/__init__.py")
    assert list(found) == [ROOT / "packages/xqute-core/src/xqute/__init__.py"]


def test_no_distribution_has_an_init_file_in_the_namespace_of_schedulers():
    assert list(ROOT.glob("packages/*/src/xqute/schedulers/__init__.py")) == []


def test_core_extends_its_path_before_anything_else():
    source = (ROOT / "packages/xqute-core/src/xqute/__init__.py").read_text()
    first, *others = ast.parse(source).body
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):  # the docstring
        first = others[0]
    assert ast.unparse(first) == ast.unparse(ast.parse(EXTEND_PATH))


def test_each_package_says_that_it_is_typed():
    schedulers = ROOT.glob("packages/*/src/xqute/schedulers/*/__init__.py")
    tops = ROOT.glob("packages/*/src/*/__init__.py")
    packages = {path.parent for path in [*schedulers, *tops]}
    assert len(packages) == len(DISTRIBUTIONS)
    assert [path for path in packages if not (path / "py.typed").is_file()] == []


def test_py_typed_is_nowhere_shared():
    # The file would be removed with the first distribution that is uninstalled.
    assert list(ROOT.glob("packages/*/src/xqute/schedulers/py.typed")) == []


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_no_other_projects_release_can_stand_in_for_a_sibling(distribution):
    siblings = [line for line in project(distribution)["dependencies"] if line.startswith("xqute")]
    if distribution == "xqute-core":
        assert siblings == []
    else:
        series = project("xqute-core")["version"].rpartition(".")[0]
        (core,) = siblings
        assert re.fullmatch(rf"xqute-core>={re.escape(series)}(\.\d+)?,<[\d.]+", core)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_licence_is_carried_along(distribution):
    # A copy, since a link would point to nothing in a source distribution.
    carried = ROOT / "packages" / distribution / "LICENSE"
    assert not carried.is_symlink()
    assert carried.read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_change_log_begins_with_the_version(distribution):
    changes = (ROOT / "packages" / distribution / "CHANGELOG.md").read_text()
    latest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert latest is not None
    assert latest[1] == project(distribution)["version"]


def test_what_is_registered_is_what_is_installed():
    installed = {entry.name: entry.value for entry in entry_points(group="xqute.schedulers")}
    assert registered().items() <= installed.items()


@pytest.mark.parametrize("name", registered())
def test_a_registered_scheduler_loads_from_the_source_tree(name):
    (entry,) = entry_points(group="xqute.schedulers", name=name)
    assert issubclass(entry.load(), Scheduler)

    spec = find_spec(entry.module)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT / "packages")
