"""Broken copies of the reference scheduler, each with one fault that people have really made."""

import os
import shlex
import signal
import subprocess
from contextlib import suppress

from reference import Reference, ReferenceJob

from xqute import ProcessIdentity, QueueState, SchedulerUnavailable, SubmitDoubtful, SubmitRejected


def changed(text, old, new):
    """Return `text` with `old` replaced; fail if there is no `old`."""
    assert old in text, f"the script has no {old!r} any more: the mutant has to follow it"
    return text.replace(old, new)


class IdsMixedUp(Reference):
    """Each job gets the id of the one that was submitted before it."""

    former = None

    async def submit_job(self, job):
        uid = await super().submit_job(job)
        former, self.former = self.former, uid
        return former or uid


class SameIdForAll(Reference):
    """All attempts of a job have its index as their id."""

    async def start(self):
        await super().start()
        self.sessions = {}

    async def submit_job(self, job):
        self.sessions[str(job.index)] = await super().submit_job(job)
        return str(job.index)

    async def processes(self, job, uid=None):
        return await super().processes(job, self.sessions.get(uid or job.uid, "0"))


class KillDoesNothing(Reference):
    """It does not kill a job, and reports that it has."""

    async def kill_job(self, job):
        pass


class KillsTheScriptAlone(Reference):
    """Only the wrapped script is killed; its command goes on."""

    async def kill_job(self, job):
        self.killed = getattr(self, "killed", set()) | {job}
        with suppress(ProcessLookupError):
            os.kill(int(job.uid.split("/")[0]), signal.SIGKILL)

    async def job_is_running(self, job):
        return job not in getattr(self, "killed", ()) and await super().job_is_running(job)


class KillsPolitely(Reference):
    """It sends only SIGTERM, so a job that ignores that stays."""

    async def kill_job(self, job):
        await self.signal(job, "TERM")


class KillsAll(Reference):
    """When one job is to be killed, it kills all."""

    known = ()

    async def submit_job(self, job):
        self.known = (*self.known, job)
        return await super().submit_job(job)

    async def kill_job(self, job):
        for other in self.known:
            if other.uid:
                await super().kill_job(other)


class KillComplainsOfTheDead(Reference):
    """It raises when a job that has ended is killed."""

    async def kill_job(self, job):
        if not await self.processes(job):
            raise RuntimeError(f"no such job: {job.uid}")
        await super().kill_job(job)


class StatesFrozen(Reference):
    """It returns the first state of a job for ever."""

    async def job_states(self, jobs):
        if not hasattr(self, "frozen"):
            self.frozen = {}
        for job in jobs:
            if job not in self.frozen:
                self.frozen[job] = QueueState.PENDING
        return self.frozen


class PendingIsGone(Reference):
    """A job that has not started yet is taken for one that has ended."""

    async def job_is_running(self, job):
        return job.has_started() and await super().job_is_running(job)


class NoAnswerIsGone(Reference):
    """When the status query fails, it reports that there are no jobs."""

    async def processes(self, job, uid=None):
        try:
            return await super().processes(job, uid)
        except SchedulerUnavailable:
            return []


class NoAnswerIsAnError(Reference):
    """When the status query fails, it ends the run."""

    async def processes(self, job, uid=None):
        try:
            return await super().processes(job, uid)
        except SchedulerUnavailable as error:
            raise OSError(str(error)) from error


class NeverGone(Reference):
    """A job that died without a result is believed to run for ever."""

    async def job_is_running(self, job):
        return not job.rc_file.exists()


class SubmitsTwice(Reference):
    """Every second job is submitted twice."""

    async def submit_job(self, job):
        if job.index % 2:
            await super().submit_job(job)
        return await super().submit_job(job)


class DoubtIsRejection(Reference):
    """A submission that is in doubt is taken for a refusal."""

    async def submit_job(self, job):
        try:
            return await super().submit_job(job)
        except Exception as error:
            raise SubmitRejected(str(error)) from error


class FindsNothing(Reference):
    """A job of a former run is not found, so it is run a second time."""

    async def find_jobs(self, jobs):
        return {}


class FindsWhatIsNotThere(Reference):
    """It finds every job of a former run, with an id that means nothing."""

    async def find_jobs(self, jobs):
        return {job: str(ProcessIdentity.current()) for job in jobs}


class ForksIgnored(Reference):
    """It runs all jobs at once."""

    def __init__(self, metadir, forks, options):
        super().__init__(metadir, 10_000, options)


class OneAtATime(Reference):
    """A submission returns when the job has ended."""

    async def submit_job(self, job):
        uid = await super().submit_job(job)
        while await self.processes(job, uid):
            pass
        return uid


class HoldsUpTheLoop(Reference):
    """It blocks the event loop while a command runs."""

    async def command(self, *words):
        return subprocess.run(  # noqa: ASYNC221  # that is the fault
            words,
            stdin=subprocess.DEVNULL,
            check=False,
            start_new_session=True,
            capture_output=True,
        )


class AsksAllTheTime(Reference):
    """It asks to be polled again and again."""

    async def job_states(self, jobs):
        self.changed.set()
        return await super().job_states(jobs)


# --- faults of the script ---


class Pasted(Reference):
    """Arguments are pasted into the text of a shell script."""

    class job_class(ReferenceJob):  # noqa: N801
        def wrap_cmd(self, scheduler):
            text, cmd = super().wrap_cmd(scheduler), list(self.cmd)
            return text.replace(f"exec {shlex.join(cmd)}\n", f"exec {' '.join(cmd)}\n")


class HasADefect(Reference):
    """A method raises an error that the contract does not name."""

    async def job_is_running(self, job):
        raise KeyError(f"the state of {job.uid}")


class ExitStatusLost(Reference):
    """Every command is reported as successful."""

    class job_class(ReferenceJob):  # noqa: N801
        def wrap_cmd(self, scheduler):
            return changed(super().wrap_cmd(scheduler), "xqute_rc=$?", "xqute_rc=0")


class EnvironmentLost(Reference):
    """The variables of a job are left out."""

    class job_class(ReferenceJob):  # noqa: N801
        def environment(self, scheduler):
            return None


class WorkingFolderIgnored(Reference):
    """Jobs start wherever the controller happened to be."""

    class job_class(ReferenceJob):  # noqa: N801
        def workdir(self, scheduler):
            return "/"


class OutputInOneFile(Reference):
    """Both streams go to the same file."""

    class job_class(ReferenceJob):  # noqa: N801
        def wrap_cmd(self, scheduler):
            return changed(super().wrap_cmd(scheduler), ">&3 2>&4", ">&3 2>&3")


class OutputThroughAPipe(Reference):
    """Output goes to a pipe that nobody reads before the job has ended."""

    class job_class(ReferenceJob):  # noqa: N801
        def wrap_cmd(self, scheduler):
            pipe = 'mkfifo "$xqute_folder/pipe"; exec 8<>"$xqute_folder/pipe"'
            run = "(command_of_job) </dev/null >&"
            return changed(super().wrap_cmd(scheduler), f"{run}3", f"{pipe}\n{run}8")


class UnquotedMetadir(Reference):
    """The path of the script is not quoted for the shell that starts it."""

    async def command(self, *words):
        if words[0] == "sh":
            words = ["sh", "-c", words[2].replace('"$1"', words[4]), *words[3:]]
        return await super().command(*words)


class NoClaim(Reference):
    """The script does not take the claim exclusively."""

    class job_class(ReferenceJob):  # noqa: N801
        def wrap_cmd(self, scheduler):
            return changed(super().wrap_cmd(scheduler), "set -C\n", "")


class DiesWithTheController(Reference):
    """A job is a child of the controller, and ends with it."""

    async def submit_job(self, job):
        uid = await super().submit_job(job)
        watch = "while kill -0 $1 && kill -0 $2; do sleep 0.02; done; kill -0 $1 || kill -9 -$2"
        words = ["sh", "-c", f"({watch}) >&- 2>&- &", "sh", str(os.getpid()), uid.split("/")[0]]
        await self.command(*words)
        return uid


class FailsOnRetry(Reference):
    """The script of the first attempt is submitted again and again."""

    async def start(self):
        await super().start()
        self.scripts = {}

    async def submit_job(self, job):
        if job in self.scripts:
            job.script_file.write_bytes(self.scripts[job])
        self.scripts[job] = job.script_file.read_bytes()
        return await super().submit_job(job)


class SubmissionLost(Reference):
    """A submission that is in doubt is reported as successful."""

    async def submit_job(self, job):
        try:
            return await super().submit_job(job)
        except SubmitDoubtful:
            return f"1/{job.token}/unknown/unknown"
