"""The program behind `qsub`, `qstat` and the other commands.

It sends the call to the qmaster, and prints what the qmaster answers. It is run as
`python -I -S -X utf8 _command.py FOLDER COMMAND WORDS...`. It imports built-in modules only, since
nearly all of its running time is the start of Python.
"""

import _signal  # type: ignore[import-not-found] # `signal` wraps it, and takes longer to import
import _socket
import marshal
import posix
import sys

# A command, its arguments, its working folder and its environment; or its standard input.
Question = tuple[str, list[str], str, dict[bytes, bytes]] | bytes

# An exit status, and the bytes for standard output and standard error.
Answer = tuple[int, bytes, bytes]
WANTS_STDIN = -1

REFUSED = """\
error: commlib error: got select error (Connection refused)
error: the cell in {} has ended
"""


def main() -> int:
    """Run the command, and return its exit status."""
    # Like the real commands, it ends without a message when it is interrupted or its output is
    # closed.
    for number in (_signal.SIGINT, _signal.SIGPIPE):
        _signal.signal(number, _signal.SIG_DFL)
    folder, command, *words = sys.argv[1:]
    try:
        cwd = posix.getcwd()
    except FileNotFoundError:
        cwd = ""
    qmaster = _socket.socket(_socket.AF_UNIX)
    try:
        # The path of a Unix socket is limited to some hundred bytes. A relative one always fits.
        posix.chdir(folder)
        qmaster.connect("qmaster")
        send(qmaster, (command, words, cwd, dict(posix.environ)))
        answer = receive(qmaster)
        if answer[0] == WANTS_STDIN:
            send(qmaster, read_all(0))
            answer = receive(qmaster)
        status, out, err = answer
    except OSError:
        status, out, err = 1, b"", REFUSED.format(folder).encode(errors="surrogateescape")
    write_all(2, err)
    write_all(1, out)
    return status


def send(qmaster: _socket.socket, value: Question) -> None:
    """Send a value to the qmaster."""
    body = marshal.dumps(value)
    qmaster.sendall(len(body).to_bytes(4, "big") + body)


def receive(qmaster: _socket.socket) -> Answer:
    """Return the next value that the qmaster sends."""
    length = int.from_bytes(receive_bytes(qmaster, 4), "big")
    body = receive_bytes(qmaster, length)
    answer: Answer = marshal.loads(body)  # noqa: S302 - see _wire
    return answer


def receive_bytes(qmaster: _socket.socket, count: int) -> bytes:
    """Return the next bytes that the qmaster sends."""
    data = b""
    while len(data) < count:
        more = qmaster.recv(count - len(data))
        if not more:
            raise OSError("the qmaster has gone")
        data += more
    return data


def read_all(number: int) -> bytes:
    """Read a descriptor to its end."""
    data = b""
    while more := posix.read(number, 65536):
        data += more
    return data


def write_all(number: int, data: bytes) -> None:
    """Write to a descriptor; stop quietly if its reader is gone."""
    try:
        while data:
            data = data[posix.write(number, data) :]
    except OSError:
        return


if __name__ == "__main__":
    posix._exit(main())
