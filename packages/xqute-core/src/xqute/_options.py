"""The options that all schedulers have, and how they are checked."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from xqute._command import check_cwd, check_env, check_seconds, plain_str
from xqute._errors import InvalidType, InvalidValue

#: These options and their defaults: the shell that runs the wrapped script, the variables and the
#: working folder of the jobs, and the seconds from SIGTERM to SIGKILL.
COMMON: Final[Mapping[str, Any]] = MappingProxyType(
    {"shell": "/bin/sh", "env": None, "cwd": None, "kill_grace": 5.0}
)

#: The common options that do not affect a job's identity, or are part of it by themselves.
NON_IDENTITY: Final = frozenset({"kill_grace", "env", "cwd"})


def check_common(name: str, value: Any) -> Any:
    """Return the value of one of the common options in the form that is kept.

    Args:
        name: One of `COMMON`.
        value: The value that was given.

    Raises:
        InvalidType: The value has the wrong type.
        InvalidValue: The value can't be used; for example, the shell is not installed.
    """
    if name == "shell":
        return _check_shell(value)
    if name == "env":
        return check_env(value)
    if name == "cwd":
        return check_cwd(value)
    return check_seconds(name, value)


def _check_shell(shell: str | os.PathLike[str]) -> str:
    if not isinstance(shell, str | os.PathLike):
        raise InvalidType(f"shell is the path or the name of a POSIX shell, not {shell!r}")
    program = os.fspath(shell)
    if not isinstance(program, str):
        raise InvalidType(f"shell is the path or the name of a POSIX shell, not {shell!r}")
    program = plain_str(program)
    path = shutil.which(program)
    if path is None or any(blank in path for blank in "\0\n"):
        raise InvalidValue(f"shell {program!r} is not installed, or can't be executed")
    return os.path.abspath(path)


def unknown_option(name: str, scheduler: str, known: Iterable[str]) -> InvalidValue:
    """Return the error for an unknown option; it names the options that the scheduler has."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return InvalidValue(
        f"scheduler {scheduler!r} has no option {name!r}; {hint}it has: {', '.join(names)}"
    )
