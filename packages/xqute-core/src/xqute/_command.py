"""What a caller may give as command, environment, working folder and timeout."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from xqute._errors import InvalidType, InvalidValue

#: What an item of a command, or the value of a variable, may be.
Argument = str | os.PathLike[str] | int | float

# Linux takes no argument and no `NAME=VALUE` longer than this, its NUL included (execve(2)).
_LONGEST = 32 * os.sysconf("SC_PAGE_SIZE")


def check_command(cmd: Sequence[Argument]) -> tuple[str, ...]:
    """Return the items of `cmd` as texts.

    Raises:
        InvalidType: It is no sequence of str, os.PathLike of str, int or float.
        InvalidValue: It is empty, or an item holds a NUL or is too long for the system.
    """
    if isinstance(cmd, str):
        raise InvalidType(
            f"a command is a sequence of its words, not one string: "
            f"push({cmd.split() or ['true']!r}), or with a shell push(['sh', '-c', {cmd!r}])"
        )
    if isinstance(cmd, bytes | bytearray) or not isinstance(cmd, Sequence):
        raise InvalidType(
            f"a command is a sequence of its words, as ['echo', 1], not {type(cmd).__name__}"
        )
    if not cmd:
        raise InvalidValue("the command is empty: give at least the program, as ['true']")
    words = tuple([_text(word, "argument", index) for index, word in enumerate(cmd)])
    if not words[0]:
        raise InvalidValue("the program, the first word of the command, is an empty text")
    return words


def check_env(env: Mapping[str, Argument] | None) -> dict[str, str] | None:
    """Return the variables as texts, None where there are none.

    Raises:
        InvalidType: It is no mapping of names to texts, paths or numbers.
        InvalidValue: A name is empty or holds `=` or NUL, or a value holds a NUL.
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
                f"no variable can have the name {name!r}: it is empty or has = or NUL"
            )
        checked[name] = _text(value, "variable", name)
        # What the command gets is `NAME=VALUE`, as one text.
        _text(f"{name}={checked[name]}", "variable", name)
    return checked or None


def check_cwd(cwd: str | os.PathLike[str] | None) -> str | None:
    """Return the working folder as an absolute path, None where none is given.

    Raises:
        InvalidType: It is no path.
        InvalidValue: There is no such folder.
    """
    if cwd is None:
        return None
    path = check_path("cwd", cwd)
    if not Path(path).is_dir():
        raise InvalidValue(f"cwd is no folder: {path!r}; make it before the job is pushed")
    return path


def check_path(name: str, path: str | os.PathLike[str]) -> str:
    """Return `path` as an absolute path.

    Raises:
        InvalidType: It is no path.
        InvalidValue: It is empty, or no file can have it.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidType(f"{name} is a path, not {path!r}")
    text = _text(path, "path", name)
    if not text:
        raise InvalidValue(f"{name} is an empty path; '.' is the current folder")
    return os.path.abspath(text)


def check_period(name: str, value: float | None) -> float | None:
    """Return a number of seconds after which something is ended, None for never.

    Raises:
        InvalidType: It is no number.
        InvalidValue: It is not above 0, or not finite.
    """
    if value is None:
        return None
    check_seconds(name, value)
    if value <= 0:
        raise InvalidValue(f"{name} is a number of seconds above 0, not {value!r}")
    return value


def check_seconds(name: str, value: object) -> None:
    """Check that `value` is a finite number of seconds, 0 or more.

    Raises:
        InvalidType: It is no number.
        InvalidValue: It is negative or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidType(f"{name} is a number of seconds, not {value!r}")
    if not math.isfinite(value) or value < 0:
        raise InvalidValue(f"{name} is a finite number of seconds, 0 or more, not {value!r}")


def _text(value: Argument, what: str, which: object) -> str:
    if type(value) is not str:
        value = _converted(value, what, which)
    if "\0" in value:
        raise InvalidValue(f"{what} {which} holds a NUL, which no command can be given: {value!r}")
    size = len(value) if value.isascii() else _size(value, what, which)
    if size >= _LONGEST:
        raise InvalidValue(f"{what} {which} is too long: {_LONGEST:,} bytes at most")
    return value


def _size(value: str, what: str, which: object) -> int:
    try:
        return len(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{what} {which} can't be written as bytes: {value!r}") from error


def _converted(value: object, what: str, which: object) -> str:
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
