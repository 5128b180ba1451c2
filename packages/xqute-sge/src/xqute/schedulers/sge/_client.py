"""A client of Grid Engine: a method for each thing that its commands are used for."""

from __future__ import annotations

import os
import pwd
import re
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from xqute import SchedulerUnavailable, SubmitDoubtful, SubmitFailed, SubmitRejected
from xqute.schedulers.sge import _ids, _qacct, _qstat, _qsub
from xqute.schedulers.sge._commands import CommandResult, CommandTimedOut, run_command

#: The commands that are used. The options that say where they are have the same names.
COMMANDS: Final = ("qsub", "qstat", "qdel", "qacct")

# More ids are given to several commands in turn, since the length of a command line is limited.
_MAX_IDS = 5000
# Seconds for reading accounting records. qacct reads those of the whole cell each time.
_MAX_ACCOUNTING_TIME = 45.0

# The lines that qdel prints on success. That a job does not exist any more is a success too.
_DELETED = re.compile(r"has (deleted|registered)|is already in deletion|does not exist")


class GridEngineClient:
    """Submits, lists and deletes the jobs of this user by Grid Engine's commands.

    Each method takes the `time_limit`, in seconds, of each command that it runs.
    """

    def __init__(self, commands: Mapping[str, str], job_metadir: Path) -> None:
        """Remember how to call the commands; none is run.

        Args:
            commands: The absolute path of each of `COMMANDS`, by its name.
            job_metadir: The folder of all jobs.
        """
        self._commands = commands
        # Jobs start in the folder of jobs, so that Grid Engine itself reports if a host does not
        # have it. A path with `$` or control characters can't be given to qsub.
        has_special = re.search(r"[$\x00-\x1f]", str(job_metadir))
        self._start_folder = "/" if has_special else str(job_metadir)
        self._user = pwd.getpwuid(os.geteuid()).pw_name

    async def submit(
        self, script: str, tasks: int | None, time_limit: float
    ) -> str | _qsub.TaskLimit | SubmitFailed | SubmitDoubtful | SubmitRejected:
        """Submit a script, and return the number of the job, or why there is none.

        Args:
            script: The path of the script.
            tasks: The number of tasks of a job array; None for a job by itself.
            time_limit: Seconds that qsub may take.
        """
        array = [] if tasks is None else ["-t", f"1-{tasks}"]
        words = ["-terse", "-wd", self._start_folder, *array, script]
        try:
            result = await self._run(time_limit, "qsub", *words)
        except CommandTimedOut as error:
            return SubmitDoubtful(str(error))
        except SchedulerUnavailable as error:
            return SubmitFailed(str(error))
        return _qsub.parse_outcome(result)

    async def list_jobs(self, time_limit: float) -> _qstat.Listing:
        """Return all jobs of this user.

        Raises:
            SchedulerUnavailable: qstat failed, or did not print a list of jobs.
        """
        result = await self._run(time_limit, "qstat", "-u", self._user, "-s", "a", "-xml")
        if result.exit_status != 0:
            raise SchedulerUnavailable(f"qstat: {result.message}")
        return _qstat.parse_listing(result.stdout)

    async def error_reasons(self, uids: Collection[str], time_limit: float) -> Mapping[str, str]:
        """Return why jobs are in error, by id. A job that is not in error is left out.

        Raises:
            SchedulerUnavailable: qstat failed.
        """
        numbers = sorted({_ids.split(uid)[0] for uid in uids})
        result = await self._run(time_limit, "qstat", "-j", ",".join(numbers))
        if result.exit_status != 0 and "do not exist" not in result.stderr:
            raise SchedulerUnavailable(f"qstat: {result.message}")
        return _qstat.parse_error_reasons(result.stdout)

    async def delete(self, uids: Sequence[str], time_limit: float) -> None:
        """Delete jobs. They may wait, run, be in deletion, or not exist any more.

        Raises:
            SchedulerUnavailable: qdel failed, or could not delete one of them.
        """
        words = _ids.compress(uids)
        for i in range(0, len(words), _MAX_IDS):
            result = await self._run(time_limit, "qdel", *words[i : i + _MAX_IDS])
            if result.exit_status < 0 or not all(map(_DELETED.search, _printed_lines(result))):
                raise SchedulerUnavailable(f"qdel: {result.message}")

    async def accounting_records(
        self, uids: Sequence[str], time_limit: float
    ) -> Mapping[str, _qacct.AccountingRecord]:
        """Return the accounting records of jobs, by id: those that exist and can be read in time.

        Args:
            uids: The ids of the jobs.
            time_limit: Seconds that all of it may take.

        Raises:
            SchedulerUnavailable: qacct can't be started, or the time is over before the first
                record is read.
        """
        numbers = sorted({_ids.split(uid)[0] for uid in uids})
        records: dict[str, _qacct.AccountingRecord] = {}
        end = time.monotonic() + min(time_limit, _MAX_ACCOUNTING_TIME)
        for number in numbers:
            left = end - time.monotonic()
            try:
                result = await self._run(max(left, 0.0), "qacct", "-j", number)
            except SchedulerUnavailable:
                if not records:
                    raise
                break
            # Its exit status does not matter: it is not 0 where there is no record or no file.
            records |= _qacct.parse_records(result.stdout)
        return records

    async def _run(self, time_limit: float, command: str, *words: str) -> CommandResult:
        return await run_command(self._commands[command], *words, time_limit=time_limit)


def _printed_lines(result: CommandResult) -> list[str]:
    return [line for line in (result.stdout + result.stderr).split("\n") if line.strip(" .")]
