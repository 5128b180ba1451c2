"""Whether two jobs are the same job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def fingerprint(
    cmd: tuple[str, ...],
    env: Mapping[str, str] | None,
    cwd: str,
    timeout: float | None,
    options: Mapping[str, Any],
) -> str:
    """Return 32 hexadecimal digits that two jobs share only when all of this is equal in both."""
    # No NUL is in any of the texts, so it separates them; the counts keep the groups apart.
    parts = [str(len(cmd)), *cmd, cwd, repr(timeout), str(len(env or ()))]
    for name, value in sorted((env or {}).items()):
        parts += (name, value)
    for name, value in sorted(options.items()):
        parts += (name, repr(value))
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
