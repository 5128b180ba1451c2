"""A job without a process, but with the files of a job that ran."""

from __future__ import annotations

from xqute import Job, JobStatus, Scheduler
from xqute_testing.scripted._outcome import Outcome


class ScriptedJob(Job):
    """A job whose files the scheduler writes, as the wrapped script would do."""

    __slots__ = ()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return the wrapped script of core. It is not run, but a user could run it."""
        return self.render_script(scheduler)

    def move(self, status: JobStatus) -> None:
        """Move to `status`, and wake up the scheduler for its next step."""
        super().move(status)
        self.scheduler.changed.set()

    def begin(self, outcome: Outcome) -> None:
        """Take the claim and write all output, unless the job has started before."""
        if self.has_started():
            return
        for path, text in (
            (self.claim, ""),
            (self.stdout_file, outcome.stdout),
            (self.stderr_file, outcome.stderr),
            (self.status_file, "RUNNING\n"),
        ):
            with open(path, "a", encoding="utf-8") as file:
                file.write(text)

    def end(self, outcome: Outcome) -> None:
        """Write the exit status, if there is one."""
        if outcome.rc is None:
            return
        self.rc_file.write_text(f"{outcome.rc}\n", encoding="utf-8")
        with open(self.status_file, "a", encoding="utf-8") as file:
            file.write("FAILED\n" if outcome.rc else "FINISHED\n")
