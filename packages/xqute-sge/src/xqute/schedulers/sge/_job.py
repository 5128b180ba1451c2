"""A job on Grid Engine."""

from __future__ import annotations

from xqute import Job, Scheduler
from xqute.schedulers.sge._options import PREFIX


class SgeJob(Job):
    """A job on Grid Engine: alone, or as a task of an array."""

    __slots__ = ()

    def wrap_cmd(self, scheduler: Scheduler) -> str:
        """Return core's script with the directives of this job; `qsub` takes it as it is."""
        return self.render_script(
            scheduler,
            directives=[f"#$ -N {self.unique_name}", *self.directives(scheduler)],
            # The same again after the host has died, or somebody had the job run again.
            uid="$JOB_ID.$SGE_TASK_ID",
            notes="host $HOSTNAME slots $NSLOTS",
        )

    def directives(self, scheduler: Scheduler) -> list[str]:
        """Return the directives that it shares with jobs of equal options."""
        shell = self.option(scheduler, "shell")
        options = {**scheduler.options, **self.options}
        given = [line for name in options if name.startswith(PREFIX) for line in options[name]]
        # The wrapped script itself prints nothing, the command writes to the files of the job.
        return [f"#$ {line}" for line in (f'-S "{shell}"', "-o /dev/null", "-j y", *given)]

    def claimed_uid(self) -> str | None:
        """Return the id of the copy that runs, as it has written it into the claim."""
        claim = self.read_claim()
        if claim is None or claim.uid is None:
            return None
        # The task of a job that is no array is `undefined`; see qsub(1).
        return claim.uid.removesuffix(".undefined")
