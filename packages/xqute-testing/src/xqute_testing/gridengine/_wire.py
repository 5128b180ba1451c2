"""Python values over a socket: each is sent as its length and its marshalled bytes.

`client/_command.py` speaks the same format without this module, since it imports nothing.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Iterator
from typing import Any

_LENGTH = struct.Struct(">I")


def pack(value: Any) -> bytes:
    """Return the bytes of a value of plain types."""
    body = marshal.dumps(value)
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """Splits a stream of bytes into values."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Take received bytes, and yield the values that are complete now."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            # Safe to load: both ends are this package, and only this user can reach the socket.
            value = marshal.loads(bytes(self._buffer[_LENGTH.size : end]))  # noqa: S302
            del self._buffer[:end]
            yield value
