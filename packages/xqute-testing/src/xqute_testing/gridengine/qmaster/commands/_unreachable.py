"""What commands print when the qmaster is down."""

from __future__ import annotations

from .._request import Answer, Request
from ._xml import escape

_PORT = 6444
_REFUSED = "error: commlib error: got select error (Connection refused)\n"
_QRLS_STATUS = 11


def no_qmaster(request: Request, host: str) -> Answer:
    """Return the answer of a command, any but qacct, while the qmaster is down."""
    reason = (
        f'unable to send message to qmaster using port {_PORT} on host "{host}": got send error'
    )
    if request.command == "qsub":
        return Answer(err=f"{_REFUSED}Unable to run job: {reason}\nExiting.\n", status=1)
    if request.command == "qstat":
        return _qstat(request, reason)
    status = _QRLS_STATUS if request.command in ("qhold", "qrls") else 1
    return Answer(f"{reason}\n", _REFUSED, status)


def _qstat(request: Request, reason: str) -> Answer:
    if "-j" not in request.words:
        return Answer(err=f"{_REFUSED}error: {reason}\n", status=1)
    if "-xml" not in request.words:
        return Answer(err=f"{_REFUSED}{reason}\n{reason}\n", status=1)
    # The real qstat misspells the element and ends with 0, too.
    return Answer(
        "<?xml version='1.0'?>\n"
        "<comunication_error >\n"
        "    <AN_status>11</AN_status>\n"
        f"    <AN_text>{escape(reason)}</AN_text>\n"
        "    <AN_quality>1</AN_quality>\n"
        "</comunication_error>\n",
        _REFUSED,
    )
