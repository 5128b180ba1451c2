"""The error that ends a run under the strategy 'halt'.

It is not in `_errors.py`, since it needs `Job`.
"""

from __future__ import annotations

from xqute._errors import XquteError
from xqute._job import Job


class Halted(XquteError):
    """A job failed under the strategy 'halt', so the other jobs were killed.

    Attributes:
        job: The job that failed.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(
            f"job {job.index} failed ({job.failure}) and the strategy is 'halt': "
            f"the other jobs were killed; see {job.metadir}"
        )
        self.job = job
