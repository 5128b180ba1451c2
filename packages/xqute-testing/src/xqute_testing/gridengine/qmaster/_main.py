"""The entry point of the qmaster's process.

`api/_qmaster_process.py` starts it with `python -I -S -c ... DESCRIPTOR SETTINGS`. It ends when
the other end of the descriptor is closed, even by the death of the test, and then kills all
processes and deletes all files of the cell.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import shutil
import signal
import socket

from ._config import Config
from ._server import Server
from .execd._processes import become_subreaper


def main(words: list[str]) -> None:
    """Run a cell.

    Args:
        words: The descriptor of the socket to the test, and the settings as marshalled hex digits.
    """
    descriptor, settings = words
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o022)
    become_subreaper()
    values = marshal.loads(bytes.fromhex(settings))  # noqa: S302 - our own parent made it
    config = Config(**values)
    test = socket.socket(fileno=int(descriptor))
    try:
        Server(config, test).run()
    finally:
        _delete_files(config.folder)


def _delete_files(folder: str) -> None:
    for name in ("bin", "default", "spool", "tmp", "view"):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, "qmaster"))
