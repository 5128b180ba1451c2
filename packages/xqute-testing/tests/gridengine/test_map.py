"""The map of the rooms names every module, and no module that is not there."""

import re
from pathlib import Path

from xqute_testing import gridengine

FOLDER = Path(gridengine.__path__[0])
README = (FOLDER / "README.md").read_text()


def test_it_names_all_modules():
    modules = {path.name for path in FOLDER.rglob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"\b_\w+\.py", README)) == modules


def test_it_names_all_rooms():
    rooms = {path.parent.name for path in FOLDER.rglob("__init__.py")} - {FOLDER.name}
    assert set(re.findall(r"^ *(\w+)/ ", README, re.MULTILINE)) == rooms
