"""Checking the command, the variables, the paths and the numbers that a caller gives.

A subclass of str counts as the string that it holds, whatever its `__str__` returns, as it does for
subprocess: a member of a str enum is its value. Numbers are those of `numbers.Integral` and
`numbers.Real`, which numpy's are registered with.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from numbers import Integral, Rational, Real
from pathlib import Path
from typing import Any

from xqute._errors import InvalidType, InvalidValue

#: The types that a word of a command, or the value of a variable, may have.
Argument = str | os.PathLike[str] | int | float

# Bytes. Linux accepts no longer argument and no longer `NAME=VALUE`, the NUL included (execve(2)).
_MAX_WORD_SIZE = 32 * os.sysconf("SC_PAGE_SIZE")
# All finite floats are in this range.
_MAX_SECONDS = sys.float_info.max


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


def check_env(env: Mapping[str, Argument | None] | None) -> dict[str, str | None] | None:
    """Return the variables as texts, or None if there are none.

    A variable whose value is None is to be unset.

    Raises:
        InvalidType: `env` is not a mapping of names to texts, paths, numbers or None.
        InvalidValue: A name is empty or holds `=` or a NUL, a value holds a NUL, or a variable is
            too long for the system.
    """
    if env is None:
        return None
    if not isinstance(env, Mapping):
        raise InvalidType(f"env is a mapping of names to values, not {type(env).__name__}")
    checked: dict[str, str | None] = {}
    for name, value in env.items():
        if not isinstance(name, str):
            raise InvalidType(f"the name of a variable is a str, not {name!r}")
        if not name or "=" in name or "\0" in name:
            raise InvalidValue(
                f"no variable can have the name {name!r}: it is empty, or holds `=` or a NUL"
            )
        plain = plain_str(name)
        text = None if value is None else _to_text(value, "variable", name)
        # The length of `NAME=VALUE` as a whole is limited.
        _to_text(f"{plain}={text or ''}", "variable", name)
        checked[plain] = text
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


def check_name(name: str | None) -> str | None:
    """Return the name of a job, or None if it has none.

    Raises:
        InvalidType: `name` is not a str.
    """
    if name is None:
        return None
    if not isinstance(name, str):
        raise InvalidType(f"name is a str, not {name!r}")
    return plain_str(name)


def check_count(name: str, value: object, *, least: int) -> int:
    """Return a whole number.

    Args:
        name: The name of the option, for error messages.
        value: The number.
        least: The smallest number that is allowed.

    Raises:
        InvalidType: `value` is not a whole number.
        InvalidValue: `value` is less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InvalidType(f"{name} is an int, not {value!r}")
    count = int(value)
    if count < least:
        raise InvalidValue(f"{name} is {least} or more, not {count}")
    return count


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
    seconds = check_seconds(name, value)
    if seconds <= 0:
        raise InvalidValue(f"{name} is a number of seconds above 0, not {value!r}")
    return seconds


def check_seconds(name: str, value: Any) -> float:
    """Return a finite number of seconds, 0 or more, as an int or a float.

    Args:
        name: The name of the option, for error messages.
        value: The number of seconds.

    Raises:
        InvalidType: `value` is not a number.
        InvalidValue: `value` is negative or not finite.
    """
    if not is_number(value):
        raise InvalidType(f"{name} is a number of seconds, not {value!r}")
    seconds = int(value) if isinstance(value, Integral) else float(value)
    # Not math.isfinite: it raises for an int that is too large for a float. NaN fails here, too.
    if not 0 <= seconds <= _MAX_SECONDS:
        raise InvalidValue(f"{name} is a finite number of seconds, 0 or more, not {value!r}")
    return seconds


def plain_str(text: str) -> str:
    """Return the string that a subclass of str holds, as a plain str."""
    return str.__str__(text)


def is_number(value: object) -> bool:
    """Return whether `value` counts as a number: no bool, and no fraction such as 1/3."""
    if isinstance(value, int | float):
        return not isinstance(value, bool)
    return isinstance(value, Integral) or (
        isinstance(value, Real) and not isinstance(value, Rational)
    )


def argument_text(value: object, what: str) -> str:
    """Return the text of an argument: of a str, a path of str, or a number.

    The text is the string that a subclass of str holds, and the digits of a number, whatever their
    `__str__` returns.

    Args:
        value: The argument.
        what: What it is, for the error message.

    Raises:
        InvalidType: `value` is something else, such as bytes or a bool.
    """
    if isinstance(value, os.PathLike) and not isinstance(value, str):
        value = os.fspath(value)
    if isinstance(value, str):
        return plain_str(value)
    if is_number(value):
        if isinstance(value, Integral):
            return int.__repr__(int(value))
        # The digits of a numpy.float32 are fewer than those of the float that is equal to it.
        return float.__repr__(value) if isinstance(value, float) else str(value)
    raise InvalidType(
        f"{what} is a str, a path, an int or a float, not {type(value).__name__}: {value!r}"
    )


def _to_text(value: Argument, what: str, which: object) -> str:
    """Return an argument as a text that can be given to a command."""
    if type(value) is not str:
        value = argument_text(value, f"{what} {which}")
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
