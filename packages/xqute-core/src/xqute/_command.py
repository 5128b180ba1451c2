"""Checking the command, the variables, the paths and the times that a caller gives."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from xqute._errors import InvalidType, InvalidValue

#: The types that a word of a command, or the value of a variable, may have.
Argument = str | os.PathLike[str] | int | float

# Bytes. Linux accepts no longer argument and no longer `NAME=VALUE`, the NUL included (execve(2)).
_MAX_WORD_SIZE = 32 * os.sysconf("SC_PAGE_SIZE")


def check_command(cmd: Sequence[Argument]) -> tuple[str, ...]:
    """Return the words of a command as texts.

    Raises:
        InvalidType: `cmd` is not a sequence of str, os.PathLike of str, int or float.
        InvalidValue: `cmd` is empty, or a word holds a NUL or is too long for the system.
    """
    if isinstance(cmd, str):
        raise InvalidType(
            f"a command is a sequence of its words, not one string: "
            f"push({cmd.split() or ['true']!r}), or with a shell push(['sh', '-c', {cmd!r}])"
        )
    if isinstance(cmd, bytes | bytearray) or not isinstance(cmd, Sequence):
        raise InvalidType(
            f"a command is a sequence of its words, such as ['echo', 1], not {type(cmd).__name__}"
        )
    if not cmd:
        raise InvalidValue("the command is empty: give at least the program, such as ['true']")
    words = tuple([_to_text(word, "argument", index) for index, word in enumerate(cmd)])
    if not words[0]:
        raise InvalidValue("the first word of the command, the program, is an empty text")
    return words


def check_env(env: Mapping[str, Argument] | None) -> dict[str, str] | None:
    """Return the variables as texts, or None if there are none.

    Raises:
        InvalidType: `env` is not a mapping of names to texts, paths or numbers.
        InvalidValue: A name is empty or holds `=` or a NUL, a value holds a NUL, or a variable is
            too long for the system.
    """
    if env is None:
        return None
    if not isinstance(env, Mapping):
        raise InvalidType(f"env is a mapping of names to values, not {type(env).__name__}")
    checked = {}
    for name, value in env.items():
        if not isinstance(name, str):
            raise InvalidType(f"the name of a variable is a str, not {name!r}")
        if not name or "=" in name or "\0" in name:
            raise InvalidValue(
                f"no variable can have the name {name!r}: it is empty, or holds `=` or a NUL"
            )
        checked[name] = _to_text(value, "variable", name)
        # The length of `NAME=VALUE` as a whole is limited.
        _to_text(f"{name}={checked[name]}", "variable", name)
    return checked or None


def check_cwd(cwd: str | os.PathLike[str] | None) -> str | None:
    """Return the working folder as an absolute path, or None if `cwd` is None.

    Raises:
        InvalidType: `cwd` is not a path.
        InvalidValue: There is no such folder.
    """
    if cwd is None:
        return None
    path = check_path("cwd", cwd)
    if not Path(path).is_dir():
        raise InvalidValue(f"cwd is not a folder: {path!r}; create it before the job is pushed")
    return path


def check_path(name: str, path: str | os.PathLike[str]) -> str:
    """Return `path` as an absolute path.

    Args:
        name: The name of the option, for error messages.
        path: The path.

    Raises:
        InvalidType: `path` is not a path.
        InvalidValue: `path` is empty, or no file can have that path.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidType(f"{name} is a path, not {path!r}")
    text = _to_text(path, "path", name)
    if not text:
        raise InvalidValue(f"{name} is an empty path; use '.' for the current folder")
    return os.path.abspath(text)


def check_period(name: str, value: float | None) -> float | None:
    """Return a time limit in seconds; None means that there is none.

    Args:
        name: The name of the option, for error messages.
        value: The time limit.

    Raises:
        InvalidType: `value` is not a number.
        InvalidValue: `value` is 0, negative or not finite.
    """
    if value is None:
        return None
    check_seconds(name, value)
    if value <= 0:
        raise InvalidValue(f"{name} is a number of seconds above 0, not {value!r}")
    return value


def check_seconds(name: str, value: object) -> None:
    """Check that `value` is a finite number of seconds, 0 or more.

    Args:
        name: The name of the option, for error messages.
        value: The number of seconds.

    Raises:
        InvalidType: `value` is not a number.
        InvalidValue: `value` is negative or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidType(f"{name} is a number of seconds, not {value!r}")
    if not math.isfinite(value) or value < 0:
        raise InvalidValue(f"{name} is a finite number of seconds, 0 or more, not {value!r}")


def _to_text(value: Argument, what: str, which: object) -> str:
    """Return an argument as a text that can be given to a command."""
    if type(value) is not str:
        value = _convert(value, what, which)
    if "\0" in value:
        raise InvalidValue(
            f"{what} {which} holds a NUL, which can't be given to a command: {value!r}"
        )
    size = len(value) if value.isascii() else _size_in_bytes(value, what, which)
    if size >= _MAX_WORD_SIZE:
        raise InvalidValue(
            f"{what} {which} is too long: it may have {_MAX_WORD_SIZE - 1:,} bytes at most"
        )
    return value


def _size_in_bytes(value: str, what: str, which: object) -> int:
    try:
        return len(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{what} {which} can't be encoded as bytes: {value!r}") from error


def _convert(value: object, what: str, which: object) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, os.PathLike):
        path = os.fspath(value)
        if isinstance(path, str):
            return path
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise InvalidType(
        f"{what} {which} is a str, a path, an int or a float, not {type(value).__name__}: {value!r}"
    )
