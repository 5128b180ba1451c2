"""The job that the current hook was called for."""

from __future__ import annotations

from contextvars import ContextVar

from xqute._job import Job

#: The job whose hook is being called; None outside a hook of a job. Functions that wait for a job
#: check it, since a hook that waits for its own job would wait for itself.
job_of_hook: ContextVar[Job | None] = ContextVar("job_of_hook", default=None)
