"""Each promise of the suite names the place where it is written, and that place exists."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import xqute
from xqute_testing import suite
from xqute_testing.suite._contract import Promise

ROOT = Path(__file__).parents[3]
MODULES = [
    importlib.import_module(f"{suite.__name__}.{module.name}")
    for module in pkgutil.iter_modules(suite.__path__)
    if module.name != "_program"  # It is run as a script.
]
PLACES = sorted(
    {
        place
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, Promise)
        for place in value.where.split("; ")
    }
)


def test_there_are_promises():
    assert len(PLACES) > 15


@pytest.mark.parametrize("place", PLACES)
def test_it_is_written_there(place):
    page, colon, heading = place.partition(": ")
    if colon:
        lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
        assert heading in [line.lstrip("# ") for line in lines if line.startswith("#")]
        return
    name, _, attribute = place.partition(".")
    found = getattr(xqute, name)
    # The base classes document the attributes that they define.
    docstrings = "\n".join(base.__doc__ or "" for base in found.__mro__)
    in_docstring = re.search(rf"^ +{attribute}:", docstrings, re.MULTILINE)
    assert not attribute or hasattr(found, attribute) or in_docstring
