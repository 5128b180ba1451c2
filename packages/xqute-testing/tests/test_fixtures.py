"""pytest finds the fixture by itself; it can be imported as well."""

import subprocess
import sys

import pytest

TEST = """
def test_it(fake_gridengine):
    assert fake_gridengine.jobs() == []
"""
IMPORT = "from xqute_testing import fake_gridengine\n"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (TEST, []),
        (IMPORT + TEST, []),
        (IMPORT + TEST, ["-p", "no:xqute-testing"]),
    ],
    ids=["by itself", "both", "by import"],
)
def test_the_fixture_is_found(tmp_path, text, options):
    (tmp_path / "test_it.py").write_text(text)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *options],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


def test_nothing_is_left_of_it(tmp_path):
    text = TEST.replace("== []", "== []; print('in', fake_gridengine.folder)")
    (tmp_path / "test_it.py").write_text(text)
    base = tmp_path / "base"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={base}"],
        check=True,
        cwd=tmp_path,
        capture_output=True,
    )
    assert list(base.iterdir()) == []
