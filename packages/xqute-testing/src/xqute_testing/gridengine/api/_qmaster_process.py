"""Starts the process of the qmaster, and calls it."""

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

#: A Python that starts quickly, because it ignores all installed distributions.
PYTHON = (sys.executable, "-I", "-S", "-X", "utf8")
# The package is found as `gridengine`, so that its parent, which imports pytest, is not imported.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from gridengine.qmaster._main import main; main(sys.argv[2:])"
)
# Seconds.
_TIMEOUT = 20.0


class QmasterProcess:
    """A qmaster in a process of its own, and the socket to it.

    The constructor waits until the qmaster is ready.

    Args:
        settings: The fields of `qmaster._config.Config`, as plain data.
        log: The file for what the process prints.

    Raises:
        RuntimeError: The process has ended.
    """

    def __init__(self, settings: Mapping[str, Any], log: Path) -> None:
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
                # Ctrl-C must reach the test only, which then closes the cell.
                start_new_session=True,
            )
        self._receive(_TIMEOUT)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def close(self) -> None:
        """End the process.

        Raises:
            RuntimeError: It had ended before.
        """
        try:
            # A process that was forked meanwhile may hold the socket open, so that closing it here
            # would not be noticed.
            self._send("close")
            if self._process.wait(_TIMEOUT) != 0:
                raise self._ended()
        finally:
            self._socket.close()
            self._process.kill()
            self._process.wait()
            self._log.unlink(missing_ok=True)

    def call(self, name: str, *args: object) -> Any:
        """Call a method of a part of the qmaster, and return its result.

        Args:
            name: `PART.METHOD`; the parts are listed in `qmaster/_server.py`.
            args: Its arguments, as plain data.

        Raises:
            LookupError: There is no such job, task or host.
            RuntimeError: The process has ended.
        """
        self._send(name, *args)
        kind, value = self._receive(_TIMEOUT)
        if kind == "error":
            raise LookupError(value)
        return value

    def wait_for(
        self, job: int, task: int | None, states: tuple[str | None, ...], timeout: float
    ) -> dict[int, str] | None:
        """Wait until a task, or all tasks of a job, are in one of these states.

        Returns:
            None when they are; the states of all tasks when they were not in time.
        """
        self._send("wait_for", job, task, states)
        try:
            self._receive(timeout)
        except TimeoutError:
            self._send("give_up", job)
            kind, value = self._receive(_TIMEOUT)
            if kind == "done":
                # The states were reached just before the qmaster heard that nobody waits any more.
                self._receive(_TIMEOUT)
                return None
            return dict(value)
        return None

    def _send(self, name: str, *args: object) -> None:
        try:
            self._socket.sendall(pack((name, args)))
        except OSError as error:
            raise self._ended() from error

    def _receive(self, timeout: float) -> Any:
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
        log = self._log.read_text(errors="replace") if self._log.exists() else ""
        return RuntimeError(f"the fake Grid Engine in {self._log.parent} has ended\n{log}".rstrip())
