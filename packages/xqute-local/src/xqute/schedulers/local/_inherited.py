"""The environment that a job inherits: that of this program at the push."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Inherited:
    """An environment of this program. Jobs share one as long as it does not change.

    Attributes:
        variables: All variables, as the system has them.
        dropped: Those of them that a POSIX shell does not hand on to a command. bash exports
            functions under such names, as `BASH_FUNC_module%%`.
    """

    variables: Mapping[bytes, bytes]
    dropped: Mapping[str, str]

    _last: ClassVar[Inherited | None] = None

    @classmethod
    def now(cls) -> Inherited:
        """Return the environment as it is now; the same object as before if it has not changed."""
        # To copy `os.environb` takes 50 times as long as to compare the dict that it is made of,
        # and this is called in every push.
        current = getattr(os.environb, "_data", None)
        if not isinstance(current, dict):
            current = dict(os.environb)
        last = cls._last
        if last is None or current != last.variables:
            last = cls._last = cls._copy(dict(current))
        return last

    @classmethod
    def _copy(cls, variables: dict[bytes, bytes]) -> Inherited:
        dropped = {
            os.fsdecode(name): os.fsdecode(value)
            for name, value in variables.items()
            if not (name.isascii() and name.decode("ascii").isidentifier())
        }
        return cls(variables, dropped)
