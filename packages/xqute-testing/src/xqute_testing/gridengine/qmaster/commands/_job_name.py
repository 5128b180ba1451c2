"""Which names of jobs Grid Engine accepts."""

from __future__ import annotations

from .._request import Denied

_MAX_LENGTH = 512
_FORBIDDEN = {
    "\n": "Newline",
    "\t": "Tab",
    "\r": "Carriage return",
    "/": "Slash ('/')",
    ":": "Colon (':')",
    "@": "At ('@')",
    "\\": "Backslash ('\\')",
    "*": "Asterisk ('*')",
    "?": "Questionmark ('?')",
}
_KEYWORDS = ("NONE", "ALL", "TEMPLATE")


def check_job_name(name: str) -> None:
    """Check the name of a job.

    Raises:
        Denied: Grid Engine does not accept it.
    """
    if not name:
        raise Denied("job rejected cause there is no job_name in the request")
    if len(name) > _MAX_LENGTH:
        raise Denied(f"job name too long, maximum allowed length is {_MAX_LENGTH} characters")
    if name[0].isdigit():
        raise Denied(f'denied: "{name}" is not a valid object name (cannot start with a digit)')
    for character in name:
        if character in _FORBIDDEN:
            raise Denied(f"{_FORBIDDEN[character]} not allowed in objectname")
    if name.upper() in _KEYWORDS:
        raise Denied(f'Keyword ("{name.upper()}") not allowed as objectname')
    if " " in name or not name.isascii():
        # The real qsub fails to read the qmaster's answer to such names.
        raise Denied("Error reading answer list from qmaster")
