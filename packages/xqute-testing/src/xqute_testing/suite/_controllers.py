"""Controllers in processes of their own, so that a test can kill them."""

from __future__ import annotations

import inspect
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xqute import Scheduler

_PROGRAM = Path(__file__).with_name("_program.py")


def reference(scheduler: str | type[Scheduler]) -> str | tuple[str, str, str]:
    """Return how another process finds the scheduler: by name, or by module, class and file."""
    if isinstance(scheduler, str):
        return scheduler
    return scheduler.__module__, scheduler.__qualname__, inspect.getfile(scheduler)


class Controller:
    """A program that pushes jobs and waits for them. The constructor starts it.

    Args:
        folder: The folder for its files.
        scheduler: The scheduler under test.
        options: The options of its `Xqute`.
        settings: Attributes to set on the scheduler.
        jobs: The arguments of each push.
        dies: Whether it kills itself when the first job is submitted, before it has written down
            the id of the job.

    Attributes:
        process: Its process.
    """

    def __init__(
        self,
        folder: Path,
        scheduler: str | type[Scheduler],
        options: Mapping[str, Any],
        settings: Mapping[str, Any],
        jobs: Sequence[Mapping[str, Any]],
        *,
        dies: bool = False,
    ) -> None:
        work = {
            "scheduler": reference(scheduler),
            "options": dict(options),
            "settings": dict(settings),
            "jobs": [dict(job) for job in jobs],
            "dies": dies,
        }
        file = folder / "work.pickle"
        file.write_bytes(pickle.dumps(work))
        self._errors = folder / "controller.stderr"
        with self._errors.open("ab") as errors:
            # -P: do not search modules in the folder of the program.
            self.process = subprocess.Popen(
                [sys.executable, "-P", _PROGRAM, file],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._errors.read_text(errors="replace")

    def kill(self) -> None:
        """Kill it with SIGKILL, and nothing else, as a crash does."""
        self.process.kill()
        self.process.wait()

    def interrupt(self) -> None:
        """Send it SIGINT, as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> bool:
        """Return whether it has ended."""
        return self.process.poll() is not None
