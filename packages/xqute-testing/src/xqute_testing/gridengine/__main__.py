"""A fake Grid Engine for a shell: `python -m xqute_testing.gridengine FOLDER`, until Ctrl-C."""

from __future__ import annotations

import shlex
import signal
import sys

from xqute_testing.gridengine.api import FakeGridEngine


def main() -> None:
    """Run a cell in the folder that was given, and tell how to use it."""
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
