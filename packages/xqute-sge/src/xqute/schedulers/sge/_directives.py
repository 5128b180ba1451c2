"""Options of qsub: `sge_<option>=value` becomes directives in the wrapped script.

A directive is a line of the script that begins with `#$`; see qsub(1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from xqute import InvalidType, InvalidValue, argument_text

#: What the names of these options begin with: `sge_q` is the option `-q` of qsub.
PREFIX: Final = "sge_"

# qsub reads the value of -S as a list, `host:path,host:path`.
_LIST_SEPARATORS = re.compile(r"[:,]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)
# A word that qsub would take for one more option. A negative number, or a range without its first
# number, is not one.
_OPTION = re.compile(r"-(?![0-9])")
# Control characters; `#`, which begins a comment wherever it is; and quotes, since qsub takes all
# that follows one as a single value.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f#\"']")

#: Options that xqute sets itself, or with which it could not follow its jobs; and the reasons.
_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "N": "each job needs a name of its own, by which it is found again; use push(name=...)",
        "o": "the output of each job is in its folder: Job.stdout_file",
        "e": "the error output of each job is in its folder: Job.stderr_file",
        "j": "output and error output of a job are kept apart: Job.stdout_file, Job.stderr_file",
        "i": "jobs have no input; redirect it in the command, as ['sh', '-c', 'sort <in']",
        "t": "jobs that are due together are made an array by xqute; push each of them",
        "tc": "scheduler_forks bounds how many jobs there are at once",
        "S": "use shell=...",
        "cwd": "use cwd=..., of Xqute or of push",
        "wd": "use cwd=..., of Xqute or of push",
        "terse": "xqute reads the ids of its jobs itself",
        "sync": "xqute waits for its jobs itself",
        "now": "xqute waits for its jobs itself",
        "b": "the wrapped script is what is submitted",
        "shell": "the wrapped script is what is submitted; shell=... runs it",
        "noshell": "the wrapped script is what is submitted",
        "C": "the directives of the wrapped script would not be read",
        "clear": "the directives above it in the wrapped script would be forgotten",
        "verify": "it would keep jobs from being submitted",
        "help": "it would keep jobs from being submitted",
        "inherit": "it is for qrsh",
        "pty": "it is for qrsh",
        "display": "it is for qsh",
    }
)


def make_directives(name: str, value: Any) -> tuple[str, ...]:
    """Return the directives of one option, without the `#$`; for example `-q all.q`.

    Args:
        name: The option, such as `sge_q`.
        value: A text, a number or a path; a list or tuple of these, for a directive each; True for
            an option without a value; None or False for no directive.

    Raises:
        InvalidType: The value is of another type.
        InvalidValue: The option can't be used, or a directive can't hold the value.
    """
    option = name.removeprefix(PREFIX)
    if _NAME.match(option) is None:
        raise InvalidValue(f"{name!r} is no option of qsub")
    if value is None or value is False:
        return ()
    if option in _REFUSED or (option == "w" and value in ("v", "p")):
        why = _REFUSED.get(option, "it would keep jobs from being submitted")
        raise InvalidValue(f"{name} can't be used: {why}")
    if value is True:
        return (f"-{option}",)
    items = value if isinstance(value, list | tuple) else (value,)
    return tuple([f"-{option} {_value_text(name, item)}" for item in items])


def check_shell(path: str) -> str:
    """Return the path of a shell unchanged.

    Raises:
        InvalidValue: The path can't be given to qsub.
    """
    if _FORBIDDEN.search(path) or _LIST_SEPARATORS.search(path):
        raise InvalidValue(f"shell {path!r} can't be given to qsub: it has quotes, `#`, `:` or `,`")
    return path


def _value_text(name: str, item: object) -> str:
    try:
        text = argument_text(item, name)
    except InvalidType:
        raise InvalidType(
            f"{name} is a text, a number or a path, several of these in a list, True or None; "
            f"not {item!r}"
        ) from None
    if (found := _FORBIDDEN.search(text)) is not None:
        raise InvalidValue(
            f"{name} holds {found[0]!r}, which no directive of qsub can hold (no shell reads it: "
            f"leave quotes out): {text!r}"
        )
    words = text.split()
    if not words:
        raise InvalidValue(f"{name} is empty; leave it out, or give None")
    for word in words:
        if _OPTION.match(word):
            raise InvalidValue(f"{name} holds another option, {word!r}: give it by its own keyword")
    return " ".join(words)
