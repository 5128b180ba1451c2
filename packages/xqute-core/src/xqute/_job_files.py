"""The files of a job: where they are, and what they say of its current attempt."""

from __future__ import annotations

from pathlib import Path

from xqute._attempt import Attempt
from xqute._claim import Claim, read_claim
from xqute._file_names import LOCK, RC, RETRIES, STATUS, STDERR, STDOUT, claim_path, script_name
from xqute._report import Report, read_report
from xqute._result_files import read_status


class JobFiles:
    """The files of one job and of its current attempt. docs/on-disk.md says what they hold.

    Every `Job` is one. A scheduler can make one for a job of which it only knows the index.

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

    def __init__(
        self, index: int, root: str, *, token: str = "", timeout: float | None = None
    ) -> None:
        """Name the files of a job. No file is touched.

        Args:
            index: The number of the job.
            root: The absolute path of the folder of all jobs.
            token: The token of the attempt.
            timeout: Seconds that the command may run, None for no limit.
        """
        self.index = index
        self.root = root
        self.attempt = Attempt(token=token)
        self.timeout = timeout

    @property
    def folder(self) -> str:
        """The absolute path of the job's folder."""
        return f"{self.root}/{self.index}"

    @property
    def token(self) -> str:
        """What tells this attempt from every other; empty before its script is written."""
        return self.attempt.token

    @property
    def claim(self) -> str:
        """The absolute path of the claim of this attempt."""
        return claim_path(self.folder, self.attempt.token)

    @property
    def metadir(self) -> Path:
        """The job's folder."""
        return Path(self.folder)

    @property
    def stdout_file(self) -> Path:
        """The standard output of the command."""
        return self.metadir / STDOUT

    @property
    def stderr_file(self) -> Path:
        """The standard error of the command."""
        return self.metadir / STDERR

    @property
    def status_file(self) -> Path:
        """The status lines of the script: RUNNING, then FINISHED or FAILED. The last one counts."""
        return self.metadir / STATUS

    @property
    def rc_file(self) -> Path:
        """The exit status, a number and a newline. The attempt has ended once it is there."""
        return self.metadir / RC

    @property
    def lock_file(self) -> Path:
        """The scheduler's id while the attempt lives; otherwise it is empty or missing."""
        return self.metadir / LOCK

    @property
    def retry_dir(self) -> Path:
        """The folder of what earlier attempts have left, with a folder for each, from `1`."""
        return self.metadir / RETRIES

    def wrapped_script(self, scheduler: str) -> Path:
        """Return where the wrapped script is that was made for the scheduler of this name."""
        return self.metadir / script_name(scheduler)

    def has_started(self) -> bool:
        """Return whether the wrapped script says that the command has started."""
        try:
            lines = read_status(f"{self.folder}/{STATUS}")
        except OSError:
            return False
        return bool(lines) and not lines[-1].startswith("FAILED NEVER_STARTED")

    def read_report(self) -> Report:
        """Return what the files of this attempt say, when it is known to be over."""
        return read_report(self.folder, self.claim, over=True, timed=self.timeout is not None)

    def read_claim(self) -> Claim | None:
        """Return what the copy of the wrapped script that runs says of itself.

        Returns:
            None if no copy has written into the claim of this attempt, or if it can't be read.
        """
        return read_claim(self.claim)

    def claimed_by(self) -> int | None:
        """Return the PID of the copy of the wrapped script that runs, on the host where it runs.

        Returns:
            None if no copy has written it into the claim of this attempt.
        """
        claim = self.read_claim()
        return None if claim is None else claim.pid
