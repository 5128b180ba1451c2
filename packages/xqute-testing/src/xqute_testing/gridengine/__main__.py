"""`python -m xqute_testing.gridengine FOLDER` runs a cell for a shell, until Ctrl-C."""

from __future__ import annotations

import shlex
import signal
import sys

from xqute_testing.gridengine.api import FakeGridEngine


def main() -> None:
    """Run a cell in the given folder, and print the line of shell that makes it available."""
    with FakeGridEngine(sys.argv[1]) as engine:
        commands = shlex.quote(str(engine.folder / "bin"))
        sys.stdout.write(
            f"export PATH={commands}:$PATH SGE_ROOT={shlex.quote(str(engine.folder))}\n"
        )
        sys.stdout.flush()
        ends = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
