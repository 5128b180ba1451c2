"""Compares the hooks that were called with the wanted ones, and describes the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from textwrap import indent


def difference(wanted: str, called: Mapping[str, Sequence[str]]) -> str:
    """Describe the differences; return an empty string if there are none.

    Args:
        wanted: Lines of the form `NAME: HOOK HOOK ...`, where the name is the index of a job, or
            `run`.
        called: The hooks that were called, by the same names.

    Raises:
        ValueError: A line has another form.
    """
    return "\n".join(
        _line(name, words, called.get(name, ()))
        for name, words in _parsed(wanted).items()
        if words != list(called.get(name, ()))
    )


def _parsed(wanted: str) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, wanted.splitlines())):
        name, colon, words = line.partition(":")
        if not colon or not (name == "run" or name.isdecimal()) or name in lines:
            raise ValueError(f"not a line as 'run: init complete' or '0: init queued': {line!r}")
        lines[name] = words.split()
    return lines


def _line(name: str, wanted: Sequence[str], called: Sequence[str]) -> str:
    pairs = zip(wanted, called, strict=False)
    same = [word for word, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    whose = "the run" if name == "run" else f"job {name}"
    mark = " " * len(" ".join([*same, ""])) + "^"
    text = f"wanted: {' '.join(wanted)}\ncalled: {' '.join(called)}\n        {mark}"
    return f"the hooks of {whose} are not those that were wanted:\n{indent(text, '  ')}"
