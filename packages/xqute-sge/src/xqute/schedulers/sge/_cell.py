"""Grid Engine as it is asked: a method for each command."""

from __future__ import annotations

import os
import pwd
import re
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from xqute import SchedulerUnavailable, SubmitDoubtful, SubmitFailed, SubmitRejected
from xqute.schedulers.sge._accounts import Record, read_records
from xqute.schedulers.sge._commands import Answer, TimedOut, run
from xqute.schedulers.sge._ids import compress, parts
from xqute.schedulers.sge._states import Queue, read_queue, read_reasons
from xqute.schedulers.sge._submission import TaskLimit, read_answer

#: The commands, and the options that say where they are.
COMMANDS: Final = ("qsub", "qstat", "qdel", "qacct")

# More ids than this go to several commands: an argument list must end somewhere.
_IDS_AT_ONCE = 5000
# Seconds for looking into the accounts. Each look reads those of the whole cell.
_ACCOUNTS_FOR = 45.0

# What qdel says when all is well; that a job is not there any more is well too.
_WELL = re.compile(r"has (deleted|registered)|is already in deletion|does not exist")


class Cell:
    """The Grid Engine that this host belongs to."""

    def __init__(self, commands: Mapping[str, str], folder: Path) -> None:
        """Make it.

        Args:
            commands: The paths of `COMMANDS`, by their names.
            folder: The folder of jobs.
        """
        self._commands = commands
        # Whoever can't see the folder there is told so by Grid Engine. It expands variables in it,
        # and keeps it in lines.
        self._folder = "/" if re.search(r"[$\x00-\x1f]", str(folder)) else str(folder)
        self._user = pwd.getpwuid(os.geteuid()).pw_name

    async def submit(
        self, script: str, tasks: int | None, limit: float
    ) -> str | TaskLimit | SubmitFailed | SubmitDoubtful | SubmitRejected:
        """Submit a script, with so many tasks or as a job alone; return the number of the job."""
        array = [] if tasks is None else ["-t", f"1-{tasks}"]
        try:
            answer = await self._run(limit, "qsub", "-terse", "-wd", self._folder, *array, script)
        except TimedOut as error:
            return SubmitDoubtful(str(error))
        except SchedulerUnavailable as error:
            return SubmitFailed(str(error))
        return read_answer(answer)

    async def queue(self, limit: float) -> Queue:
        """Return all jobs of this user.

        Raises:
            SchedulerUnavailable: qstat has failed, or printed something else.
        """
        answer = await self._run(limit, "qstat", "-u", self._user, "-s", "a", "-xml")
        if answer.code != 0:
            raise SchedulerUnavailable(f"qstat: {answer.text}")
        return read_queue(answer.stdout)

    async def reasons(self, uids: Collection[str], limit: float) -> Mapping[str, str]:
        """Return why jobs are in error, by id, as far as they are.

        Raises:
            SchedulerUnavailable: qstat has failed.
        """
        numbers = sorted({parts(uid)[0] for uid in uids})
        answer = await self._run(limit, "qstat", "-j", ",".join(numbers))
        if answer.code != 0 and "do not exist" not in answer.stderr:
            raise SchedulerUnavailable(f"qstat: {answer.text}")
        return read_reasons(answer.stdout)

    async def delete(self, uids: Sequence[str], limit: float) -> None:
        """Delete jobs, be they waiting, running, gone or being deleted already.

        Raises:
            SchedulerUnavailable: qdel has failed, or could not delete one of them.
        """
        words = compress(uids)
        for i in range(0, len(words), _IDS_AT_ONCE):
            answer = await self._run(limit, "qdel", *words[i : i + _IDS_AT_ONCE])
            if answer.code < 0 or not all(map(_WELL.search, _lines(answer))):
                raise SchedulerUnavailable(f"qdel: {answer.text}")

    async def accounts(self, uids: Sequence[str], limit: float) -> Mapping[str, Record]:
        """Return the records of jobs, by id, as far as there are any and time allows.

        Raises:
            SchedulerUnavailable: qacct can't be started, or takes too long, before anything is
                known.
        """
        numbers = sorted({parts(uid)[0] for uid in uids})
        records: dict[str, Record] = {}
        end = time.monotonic() + min(limit, _ACCOUNTS_FOR)
        for number in numbers:
            # An exit status other than 0 says that there is no such record, or no such file.
            left = end - time.monotonic()
            try:
                answer = await self._run(max(left, 0.0), "qacct", "-j", number)
            except SchedulerUnavailable:
                if not records:
                    raise
                break
            records |= read_records(answer.stdout)
        return records

    async def _run(self, limit: float, command: str, *words: str) -> Answer:
        return await run(self._commands[command], *words, limit=limit)


def _lines(answer: Answer) -> list[str]:
    return [line for line in (answer.stdout + answer.stderr).split("\n") if line.strip(" .")]
