"""The files of a job, and what they say."""

from __future__ import annotations

from pathlib import Path

from xqute._attempt import Attempt
from xqute._attempt_files import claim_path
from xqute._report import Report, read_report, read_status, read_text


class JobFiles:
    """The part of a job that is on disk.

    Attributes:
        index: The number of the job, from 0.
        root: The absolute path of the folder of all jobs.
        timeout: Seconds that the command may run, None for no limit.
        attempt: The attempt that the files are of.
    """

    __slots__ = ("attempt", "index", "root", "timeout")

    index: int
    root: str
    timeout: float | None
    attempt: Attempt

    @property
    def folder(self) -> str:
        """The absolute path of its folder."""
        return f"{self.root}/{self.index}"

    @property
    def claim(self) -> str:
        """The absolute path of the claim of this attempt."""
        return claim_path(self.folder, self.attempt.token)

    @property
    def metadir(self) -> Path:
        """Its folder."""
        return Path(self.folder)

    @property
    def stdout_file(self) -> Path:
        """What the command writes to its standard output."""
        return self.metadir / "job.stdout"

    @property
    def stderr_file(self) -> Path:
        """What the command writes to its standard error."""
        return self.metadir / "job.stderr"

    @property
    def status_file(self) -> Path:
        """What the wrapped script says: RUNNING, then FINISHED or FAILED; the last line counts."""
        return self.metadir / "job.status"

    @property
    def rc_file(self) -> Path:
        """The exit status, a number and a newline; it says that the attempt has ended."""
        return self.metadir / "job.rc"

    @property
    def lock_file(self) -> Path:
        """The scheduler's id while the attempt lives; empty or missing when it does not."""
        return self.metadir / "job.lock"

    @property
    def retry_dir(self) -> Path:
        """What earlier attempts have left, in a folder for each, from `1`."""
        return self.metadir / "job.retry"

    def has_started(self) -> bool:
        """Return whether the wrapped script says that the command has started."""
        try:
            lines = read_status(f"{self.folder}/job.status")
        except OSError:
            return False
        return bool(lines) and not lines[-1].startswith("FAILED NEVER_STARTED")

    def read_report(self) -> Report:
        """Return what the files of this attempt say, when it is known to be over."""
        return read_report(self.folder, self.claim, over=True, timed=self.timeout is not None)

    def claimed_by(self) -> int | None:
        """Return the PID of the copy of the wrapped script that has the claim, on its own host."""
        try:
            words = (read_text(self.claim) or "").split()
        except OSError:
            return None
        if "pid" not in words[:-1]:
            return None
        pid = words[words.index("pid") + 1]
        return int(pid) if pid.isascii() and pid.isdecimal() and len(pid) <= 10 else None
