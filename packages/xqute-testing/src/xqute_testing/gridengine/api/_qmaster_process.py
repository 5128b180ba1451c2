"""The process that is the qmaster, and the way to it."""

from __future__ import annotations

import marshal
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xqute_testing.gridengine._wire import Unpacker, pack

#: Starts quickly, and with nothing of what is installed.
PYTHON = (sys.executable, "-I", "-S", "-X", "utf8")
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from gridengine.qmaster._server import main; main(sys.argv[2:])"
)
# Seconds.
_PATIENCE = 20.0


class Line:
    """A qmaster that was just started, and the line on which it is told what to do."""

    def __init__(self, settings: Mapping[str, Any], log: Path) -> None:
        """Start it, and wait until it is there.

        Args:
            settings: What it is to be; plain data.
            log: The file for what it prints.

        Raises:
            RuntimeError: It has ended.
        """
        self._log = log
        self._unpacker = Unpacker()
        self._answers: list[Any] = []
        self._socket, theirs = socket.socketpair()
        package = Path(__file__).parents[2]
        arguments = [str(package), str(theirs.fileno()), marshal.dumps(dict(settings)).hex()]
        with theirs, log.open("wb") as file:
            self._process = subprocess.Popen(
                [*PYTHON, "-c", _START, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={name: os.environ[name] for name in ("TZ",) if name in os.environ},
                pass_fds=[theirs.fileno()],
                # Ctrl-C is for the test, which then ends the cell.
                start_new_session=True,
            )
        self.receive()

    @property
    def pid(self) -> int:
        """The qmaster's process."""
        return self._process.pid

    def close(self) -> None:
        """Have it end.

        Raises:
            RuntimeError: It had ended before.
        """
        try:
            # A process forked meanwhile may have the socket too, so that closing it is not enough.
            self.send("close")
            if self._process.wait(_PATIENCE) != 0:
                raise self._ended()
        finally:
            self._socket.close()
            self._process.kill()
            self._process.wait()
            self._log.unlink(missing_ok=True)

    def ask(self, name: str, *args: object) -> Any:
        """Have it do something, and return what comes of that.

        Raises:
            LookupError: There is no such job, task or host.
            RuntimeError: It has ended.
        """
        self.send(name, *args)
        kind, value = self.receive()
        if kind == "error":
            raise LookupError(value)
        return value

    def send(self, name: str, *args: object) -> None:
        """Have it do something; its answers are to be received."""
        try:
            self._socket.sendall(pack((name, args)))
        except OSError as error:
            raise self._ended() from error

    def receive(self, timeout: float = _PATIENCE) -> Any:
        """Return its next answer.

        Raises:
            TimeoutError: There is none, in so many seconds.
            RuntimeError: It has ended.
        """
        self._socket.settimeout(timeout)
        while not self._answers:
            try:
                data = self._socket.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                raise self._ended()
            self._answers.extend(self._unpacker.feed(data))
        return self._answers.pop(0)

    def _ended(self) -> RuntimeError:
        said = self._log.read_text(errors="replace") if self._log.exists() else ""
        return RuntimeError(
            f"the fake Grid Engine in {self._log.parent} has ended\n{said}".rstrip()
        )
