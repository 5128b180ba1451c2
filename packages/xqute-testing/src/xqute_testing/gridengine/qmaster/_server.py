"""The event loop of the qmaster: it serves commands and the test.

It also notices when the clock makes something due, and when the process of a job ends.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..client._command import WANTS_STDIN
from ._cell import Cell
from ._command_faults import CommandFaults, Fault
from ._config import Config
from ._connection import Connection
from ._host_controls import HostControls
from ._request import Answer, Refusal, Request, StdinWanted
from ._state_waits import StateWaits
from ._task_controls import TaskControls
from .commands import COMMANDS, no_qmaster

_BACKLOG = 1024
_CHUNK = 1 << 16


class Server:
    """The event loop.

    Args:
        config: The settings of the cell.
        test: The socket to the test. When it closes, the loop ends.
    """

    def __init__(self, config: Config, test: socket.socket) -> None:
        self._config = config
        self._cell = Cell(config)
        self._command_faults = CommandFaults()
        self._waits = StateWaits(self._cell.jobs)
        #: What a test may call, as `NAME.METHOD`: see FakeGridEngine and its base class.
        self._parts: Mapping[str, object] = {
            "accounting": self._cell.accounting,
            "cell": self._cell,
            "clock": self._cell.clock,
            "command_faults": self._command_faults,
            "dispatcher": self._cell.dispatcher,
            "hosts": HostControls(self._cell),
            "jobs": self._cell.jobs,
            "node_view": self._cell.node_view,
            "server": self,
            "tasks": TaskControls(self._cell),
        }
        # The calls of all commands: name, words, folder, and exit status (None until it is known).
        self._calls: list[list[object]] = []
        self._frozen = False
        # The commands that came while the qmaster was frozen.
        self._waiting: list[Connection] = []
        self._ended = False
        self._selector = selectors.DefaultSelector()
        self._listener = self._listen()
        self._wake_up_on_child_ends()
        self._test = Connection(self._selector, test, self._obey, self._gone)
        self._test.send("ready")

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        # The path of a Unix socket is limited to some hundred bytes. A relative one always fits.
        os.chdir(self._config.folder)
        listener.bind("qmaster")
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
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

        self._selector.register(wake, selectors.EVENT_READ, woken)

    def _end(self, *_: object) -> None:
        self._ended = True

    def run(self) -> None:
        """Run until the test closes the cell, then kill all jobs."""
        try:
            while not self._ended:
                for key, events in self._selector.select(self._cell.wait()):
                    key.data(events)
                self._cell.tick()
                self._answer_waiting()
                self._waits.check()
        finally:
            self._cell.execd.close()

    def _gone(self, connection: Connection) -> None:
        if connection in self._waiting:
            self._waiting.remove(connection)
        self._waits.cancel(connection)
        if connection is self._test:
            self._ended = True

    # --- commands ---

    def _accept(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                command = self._listener.accept()[0]
                Connection(self._selector, command, self._hear, self._gone)

    def _hear(self, connection: Connection, value: Any) -> None:
        if isinstance(value, bytes):
            request = replace(connection.request, stdin=value)
        else:
            command, words, cwd, environ = value
            named = {os.fsdecode(name): os.fsdecode(text) for name, text in environ.items()}
            request = Request(command, words, cwd, named)
            connection.call = [command, words, cwd, None]
            self._calls.append(connection.call)
            if self._cell.up or command == "qacct":
                connection.fault = self._command_faults.take(command)
        connection.request = request
        if self._frozen and request.command != "qacct":
            self._waiting.append(connection)
        else:
            self._do(connection, request)

    def _answer_waiting(self) -> None:
        if not self._frozen and self._waiting:
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
        elif name == "wait_for":
            self._waits.add(connection, *args)
        elif name == "give_up":
            self._waits.cancel(connection)
            connection.send(("given up", self._cell.jobs.states(*args)))
        else:
            self._call(connection, name, args)

    def _call(self, connection: Connection, name: str, args: tuple[object, ...]) -> None:
        part, _, method = name.partition(".")
        try:
            result = getattr(self._parts[part], method)(*args)
            self._cell.tick()
        except LookupError as error:
            connection.send(("error", str(error.args[0])))
        else:
            connection.send(("done", result))

    def freeze(self) -> None:
        """Have commands, except qacct, wait for their answers."""
        self._frozen = True

    def thaw(self) -> None:
        """Answer the waiting commands."""
        self._frozen = False

    def calls(self, command: str | None) -> list[list[object]]:
        """Return the calls so far, of one command or of all."""
        return [call for call in self._calls if command in (None, call[0])]
