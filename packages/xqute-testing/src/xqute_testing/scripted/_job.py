"""A job that runs nothing, and has the files of one that ran."""

from __future__ import annotations

from xqute import Job, JobStatus, Scheduler
from xqute_testing.scripted._outcome import Outcome


class ScriptedJob(Job):
    """A job whose files a scheduler writes, as the wrapped script would have done."""

    __slots__ = ()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return core's script, which is not run but can be, by hand."""
        return self.render_script(scheduler)

    def move(self, status: JobStatus) -> None:
        """Move to `status`, and have the scheduler look what follows."""
        super().move(status)
        self.scheduler.changed.set()

    def begin(self, outcome: Outcome) -> None:
        """Start, unless it has, and write all output."""
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
        """Leave the exit status, where there is one."""
        if outcome.rc is None:
            return
        self.rc_file.write_text(f"{outcome.rc}\n", encoding="utf-8")
        with open(self.status_file, "a", encoding="utf-8") as file:
            file.write("FAILED\n" if outcome.rc else "FINISHED\n")
