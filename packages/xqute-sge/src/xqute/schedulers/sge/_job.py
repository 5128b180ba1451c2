"""A job of the scheduler `sge`."""

from __future__ import annotations

from xqute import Job, Scheduler
from xqute.schedulers.sge._directives import PREFIX


class SgeJob(Job):
    """A job on Grid Engine, either by itself or as a task of a job array."""

    __slots__ = ()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return core's script with the directives of this job; qsub accepts it unchanged."""
        return self.render_script(
            scheduler,
            directives=[f"#$ -N {self.unique_name}", *self.directives(scheduler)],
            # A job keeps its id when Grid Engine runs it again, after a host crash or a `qmod -rj`.
            uid="$JOB_ID.$SGE_TASK_ID",
            notes="host $HOSTNAME slots $NSLOTS",
        )

    def directives(self, scheduler: Scheduler) -> list[str]:
        """Return the directives of this job. Jobs with equal ones can be tasks of one array."""
        shell = self.option(scheduler, "shell")
        options = {**scheduler.options, **self.options}
        given = [line for name in options if name.startswith(PREFIX) for line in options[name]]
        # The script itself prints nothing, and the output of the command goes to the job's folder.
        return [f"#$ {line}" for line in (f'-S "{shell}"', "-o /dev/null", "-j y", *given)]

    def claimed_uid(self) -> str | None:
        """Return the id of the copy that has the claim of this attempt, or None if none has it."""
        claim = self.read_claim()
        if claim is None or claim.uid is None:
            return None
        # For a job that is not a task, SGE_TASK_ID is `undefined`; see qsub(1).
        return claim.uid.removesuffix(".undefined")
