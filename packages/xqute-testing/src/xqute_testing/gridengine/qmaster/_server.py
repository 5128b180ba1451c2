"""The process behind a cell: one loop that hears commands, tests, the clock and ends of processes.

It is run as `python -I -S -c ... FOLDER DESCRIPTOR SETTINGS`, and ends, with all processes and
files of the cell, when the other end of the descriptor is closed, however that came about.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .._wire import Unpacker, pack
from ..client._command import WANTS_STDIN
from ._cell import Cell
from ._command_faults import Fault, Faults
from ._config import Config
from ._controls import Controls
from ._request import Answer, Refusal, Request, StdinWanted
from .commands._qacct import qacct
from .commands._qdel import qdel
from .commands._qhold import qhold, qrls
from .commands._qmod import qmod
from .commands._qstat import qstat
from .commands._qsub import qsub
from .commands._unreachable import no_qmaster
from .execd._processes import become_subreaper

COMMANDS: Mapping[str, Callable[[Cell, Request], Answer]] = {
    "qsub": qsub,
    "qstat": qstat,
    "qdel": qdel,
    "qacct": qacct,
    "qhold": qhold,
    "qrls": qrls,
    "qmod": qmod,
}
_CHUNK = 1 << 16
_BACKLOG = 1024


class Connection:
    """A socket of a command, or the one of the test."""

    def __init__(self, loop: Qmaster, peer: socket.socket, take: Callable[..., None]) -> None:
        self._loop = loop
        self._peer = peer
        self._take = take
        self._unpacker = Unpacker()
        self._to_send = b""
        self._last = False
        self.request = Request("", (), "", {})
        self.fault: Fault | None = None
        self.call: list[object] = []
        peer.setblocking(False)
        loop.selector.register(peer, selectors.EVENT_READ, self._ready)

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
                self._take(self, value)

    def send(self, value: Any, *, last: bool = False) -> None:
        """Send a value, and close after the last one."""
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
        self._loop.selector.modify(self._peer, events, self._ready)

    def close(self) -> None:
        """Be done with it."""
        if self._peer.fileno() >= 0:
            self._loop.selector.unregister(self._peer)
            self._peer.close()
            self._loop.gone(self)


class Qmaster:
    """The loop."""

    def __init__(self, config: Config, control: socket.socket) -> None:
        self.selector = selectors.DefaultSelector()
        self._config = config
        self._cell = Cell(config)
        self._faults = Faults()
        self._controls = Controls(self._cell, self._faults)
        self._waiting: list[Connection] = []
        self._watching: dict[Connection, tuple[int, int | None, list[str | None]]] = {}
        self._ended = False
        self._listener = self._listen()
        self._wake_up_on_child_ends()
        self._control = Connection(self, control, self._obey)
        self._control.send("ready")

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        # Its path may be longer than a socket's may be, so it is bound from within the folder.
        os.chdir(self._config.folder)
        listener.bind("qmaster")
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, self._accept)
        return listener

    def _wake_up_on_child_ends(self) -> None:
        wake, waker = socket.socketpair()
        wake.setblocking(False)
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        self._waker = waker

        def woken(_events: int) -> None:
            with contextlib.suppress(BlockingIOError):
                wake.recv(_CHUNK)

        self.selector.register(wake, selectors.EVENT_READ, woken)

    def _end(self, *_: object) -> None:
        self._ended = True

    def run(self) -> None:
        """Run until the test is done with the cell."""
        try:
            while not self._ended:
                for key, events in self.selector.select(self._cell.wait()):
                    key.data(events)
                self._cell.tick()
                self._answer_waiting()
                self._tell_watching()
        finally:
            self._cell.execd.close()

    def gone(self, connection: Connection) -> None:
        """A connection was closed."""
        if connection in self._waiting:
            self._waiting.remove(connection)
        self._watching.pop(connection, None)
        if connection is self._control:
            self._ended = True

    # --- commands ---

    def _accept(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                Connection(self, self._listener.accept()[0], self._hear)

    def _hear(self, connection: Connection, value: Any) -> None:
        if isinstance(value, bytes):
            request = replace(connection.request, stdin=value)
        else:
            command, words, cwd, environ = value
            named = {os.fsdecode(name): os.fsdecode(text) for name, text in environ.items()}
            request = Request(command, words, cwd, named)
            connection.call = [command, words, cwd, None]
            self._controls.log.append(connection.call)
            if self._cell.up or command == "qacct":
                connection.fault = self._faults.take(command)
        connection.request = request
        if self._controls.frozen and request.command != "qacct":
            self._waiting.append(connection)
        else:
            self._do(connection, request)

    def _answer_waiting(self) -> None:
        if not self._controls.frozen and self._waiting:
            waiting, self._waiting = self._waiting, []
            for connection in waiting:
                self._do(connection, connection.request)
            self._cell.tick()

    def _do(self, connection: Connection, request: Request) -> None:
        try:
            answer = self._answer(request, connection.fault)
        except StdinWanted:
            connection.send((WANTS_STDIN, b"", b""))
            return
        if answer is not None:
            connection.call[3] = answer.status
            out = answer.out.encode(errors="surrogateescape")
            err = answer.err.encode(errors="surrogateescape")
            connection.send((answer.status, out, err), last=True)

    def _answer(self, request: Request, fault: Fault | None) -> Answer | None:
        if not self._cell.up and request.command != "qacct":
            return no_qmaster(request, self._config.hosts[0])
        answer = Answer()
        if fault is None or fault.acts:
            try:
                answer = COMMANDS[request.command](self._cell, request)
            except Refusal as refusal:
                answer = Answer(err=refusal.text, status=refusal.status)
        if fault is None:
            return answer
        return None if fault.hangs else fault.answer_for(answer)

    # --- the test ---

    def _obey(self, connection: Connection, value: Any) -> None:
        name, args = value
        if name == "close":
            self._ended = True
            return
        if name == "wait_for":
            self._watching[connection] = (args[0], args[1], list(args[2]))
            return
        if name == "give_up":
            self._watching.pop(connection, None)
            connection.send(("given up", self._controls.states(args[0])))
            return
        try:
            result = getattr(self._controls, name)(*args)
            self._cell.tick()
        except LookupError as error:
            connection.send(("error", str(error.args[0])))
        else:
            connection.send(("done", result))

    def _tell_watching(self) -> None:
        for connection, (job, task, wanted) in list(self._watching.items()):
            states = self._controls.states(job)
            if task is None:
                reached = all(state in wanted for state in states.values() or [None])
            else:
                reached = states.get(task) in wanted
            if reached:
                del self._watching[connection]
                connection.send(("done", None))


def main(words: list[str]) -> None:
    """Run a cell in a folder."""
    descriptor, settings = words
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o022)
    become_subreaper()
    values = marshal.loads(bytes.fromhex(settings))  # noqa: S302 - see _wire
    config = Config(**values)
    control = socket.socket(fileno=int(descriptor))
    try:
        Qmaster(config, control).run()
    finally:
        clean_up(config)


def clean_up(config: Config) -> None:
    """Delete all files of a cell."""
    for name in ("bin", "default", "spool", "tmp", "view"):
        shutil.rmtree(os.path.join(config.folder, name), ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(config.folder, "qmaster"))


if __name__ == "__main__":
    main(sys.argv[1:])
