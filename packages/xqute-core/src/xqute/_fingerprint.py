"""The fingerprint of a job, by which a later run sees whether a job is the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def fingerprint(
    cmd: tuple[str, ...],
    env: Mapping[str, str | None] | None,
    cwd: str,
    timeout: float | None,
    options: Mapping[str, Any],
) -> str:
    """Return 32 hexadecimal digits. They are equal for two jobs only if all arguments are equal."""
    # No text holds a NUL, so that it can separate them. The numbers of words and of variables tell
    # where each group ends.
    parts = [str(len(cmd)), *cmd, cwd, _seconds(timeout), str(len(env or ()))]
    for name, value in sorted((env or {}).items()):
        # No name holds `=`, so that a variable that is unset is none that is set.
        parts += (f"{name}=", "") if value is None else (name, value)
    for name, value in sorted(options.items()):
        parts += (name, repr(value))
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _seconds(timeout: float | None) -> str:
    """Return a text for a timeout, the same for 5 and 5.0."""
    if isinstance(timeout, float) and timeout.is_integer():
        return repr(int(timeout))
    return repr(timeout)
