"""The options of schedulers: which ones there are, and what they may be."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from xqute._command import check_cwd, check_env, check_seconds
from xqute._errors import InvalidType, InvalidValue

#: What every scheduler knows, and what holds when it is not given: the shell that runs the wrapped
#: script, variables and working folder of the jobs, and the seconds between SIGTERM and SIGKILL.
COMMON: Final[Mapping[str, Any]] = MappingProxyType(
    {"shell": "/bin/sh", "env": None, "cwd": None, "kill_grace": 5.0}
)


def check_common(name: str, value: Any) -> Any:
    """Return the value of one of the common options, made whole.

    Raises:
        InvalidType: It is of the wrong kind.
        InvalidValue: It can't be used, as a shell that is not installed.
    """
    if name == "shell":
        return _check_shell(value)
    if name == "env":
        return check_env(value)
    if name == "cwd":
        return check_cwd(value)
    check_seconds(name, value)
    return value


def _check_shell(shell: str | os.PathLike[str]) -> str:
    if not isinstance(shell, str | os.PathLike):
        raise InvalidType(f"shell is the path or the name of a POSIX shell, not {shell!r}")
    path = shutil.which(os.fspath(shell))
    if path is None or any(blank in path for blank in "\0\n"):
        raise InvalidValue(f"shell {os.fspath(shell)!r} is not installed, or can't be executed")
    return os.path.abspath(path)


def unknown_option(name: str, scheduler: str, known: Iterable[str]) -> InvalidValue:
    """Return the error for an option that the scheduler does not know."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return InvalidValue(
        f"scheduler {scheduler!r} has no option {name!r}; {hint}it has: {', '.join(names)}"
    )
