"""A socket of the qmaster's event loop: to a command, or to the test."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from typing import Any

from .._wire import Unpacker, pack
from ._command_faults import Fault
from ._request import Request

_CHUNK = 1 << 16


class Connection:
    """Sends and receives values without blocking.

    Args:
        selector: The selector of the event loop.
        peer: The connected socket.
        receive: Called with the connection and each value that was received.
        closed: Called with the connection once it is closed.

    Attributes:
        request: What a command has asked; empty on the connection to the test.
        fault: The planned fault of the command, if any.
        call: The command's entry in the log of calls.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        peer: socket.socket,
        receive: Callable[[Connection, Any], None],
        closed: Callable[[Connection], None],
    ) -> None:
        self.request = Request("", (), "", {})
        self.fault: Fault | None = None
        self.call: list[object] = []
        self._selector = selector
        self._peer = peer
        self._receive = receive
        self._closed = closed
        self._unpacker = Unpacker()
        self._to_send = b""
        self._last = False
        peer.setblocking(False)
        selector.register(peer, selectors.EVENT_READ, self._ready)

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._flush()
        if events & selectors.EVENT_READ:
            try:
                data = self._peer.recv(_CHUNK)
            except BlockingIOError:
                return
            except ConnectionError:
                data = b""
            if not data:
                self.close()
            for value in self._unpacker.feed(data):
                self._receive(self, value)

    def send(self, value: Any, *, last: bool = False) -> None:
        """Send a value. After the last one the connection is closed."""
        self._to_send += pack(value)
        self._last = last
        self._flush()

    def _flush(self) -> None:
        try:
            self._to_send = self._to_send[self._peer.send(self._to_send) :]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.close()
            return
        if not self._to_send and self._last:
            self.close()
            return
        events = selectors.EVENT_READ
        if self._to_send:
            events |= selectors.EVENT_WRITE
        self._selector.modify(self._peer, events, self._ready)

    def close(self) -> None:
        """Close the connection, unless it is closed already."""
        if self._peer.fileno() >= 0:
            self._selector.unregister(self._peer)
            self._peer.close()
            self._closed(self)
