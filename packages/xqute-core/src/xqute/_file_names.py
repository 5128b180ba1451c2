"""The names of the files in a job's folder; docs/on-disk.md says what each of them holds.

The wrapped script names the same files in its own text; see `_script.py`.
"""

from __future__ import annotations

from typing import Final

RC: Final = "job.rc"
STATUS: Final = "job.status"
LOCK: Final = "job.lock"
STDOUT: Final = "job.stdout"
STDERR: Final = "job.stderr"
#: The folder of what earlier attempts have left.
RETRIES: Final = "job.retry"

#: The files that an attempt leaves, besides its script and its claim.
LEFT_BY_ATTEMPT: Final = (RC, STATUS, LOCK, STDOUT, STDERR)


def script_name(scheduler: str) -> str:
    """Return the name of the wrapped script for the scheduler of this name."""
    return f"job.wrapped.{scheduler}"


def claim_path(folder: str, token: str) -> str:
    """Return the path of the claim of the attempt that has this token."""
    return f"{folder}/job.claim.{token}"
