"""Values over a socket: each as its length and its bytes.

The client of a command does the same by hand, to import nothing.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Iterator
from typing import Any

_LENGTH = struct.Struct(">I")


def pack(value: Any) -> bytes:
    """Return a value of plain types, ready to be sent."""
    body = marshal.dumps(value)
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """What has come in, and the values in it as soon as they are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Take what was received, and yield the values that are whole now."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            # Both ends are ours, on a socket that only this user can reach.
            value = marshal.loads(bytes(self._buffer[_LENGTH.size : end]))  # noqa: S302
            del self._buffer[:end]
            yield value
