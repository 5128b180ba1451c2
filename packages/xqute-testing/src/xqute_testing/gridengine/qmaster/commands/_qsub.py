"""qsub: reads its options and script, checks them, and submits the job."""

from __future__ import annotations

import os
from dataclasses import replace
from fnmatch import fnmatchcase

from .._cell import Cell
from .._dispatcher import suits
from .._job import Job
from .._request import Answer, Denied, Refusal, Request, StdinWanted
from .._resources import checked
from .._submission import Submission
from ._job_name import check_job_name
from ._qsub_options import BadOption, Surroundings, read_options
from ._script_options import directives
from ._task_ranges import show_range

_PREFIX = "#$"
_NOTHING_TO_READ = 4
_CANNOT_OPEN = 14
_NO_COMMAND = 2


def qsub(cell: Cell, request: Request) -> Answer:
    """Submit a job.

    Raises:
        Refusal: The job is refused.
        StdinWanted: The script is on standard input, which the request does not have yet.
    """
    submission, script = _read(request)
    said = "".join(submission.warnings)
    try:
        return _submit(cell, request, submission, script, said)
    except Refusal as refusal:
        return Answer(said, refusal.text, refusal.status)


def _submit(
    cell: Cell, request: Request, submission: Submission, script: bytes | None, said: str
) -> Answer:
    if submission.max_running is not None and submission.tasks is None:
        raise Denied('invalid "task concurrency" value in job request')
    job_id = cell.jobs.next_id()
    name = submission.name
    if name is None:
        name = os.path.basename(submission.command) if submission.command is not None else "STDIN"
    _check(cell, job_id, name, submission, script)
    if submission.verify == "v":
        return Answer(said + "verification: found suitable queue(s)\n")
    path = None
    if script is not None:
        path = os.path.join(cell.config.spool("qmaster"), "job_scripts", str(job_id))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(script)
    job = cell.submit(job_id, name, submission, request, path)
    return Answer(said + _success(job))


def _success(job: Job) -> str:
    ids = f"{job.id}" if job.submission.tasks is None else _array(job)
    if job.submission.terse:
        return f"{ids}\n"
    kind = "job-array" if job.is_array else "job"
    return f'Your {kind} {ids} ("{job.name}") has been submitted\n'


def _array(job: Job) -> str:
    return f"{job.id}.{show_range(job.submission.tasks or range(1, 2))}"


def _read(request: Request) -> tuple[Submission, bytes | None]:
    around = Surroundings(request.cwd, request.environ)
    try:
        given, rest = read_options(list(request.words), around)
    except BadOption as error:
        raise Refusal(f"qsub: {error.text}", error.status) from None
    given.warnings = [f"qsub: {warning}" for warning in given.warnings]
    given.command, given.args = (rest[0], rest[1:]) if rest else (None, [])
    if given.binary:
        if given.command is None:
            raise Refusal("qsub: command required for a binary job\n", _NO_COMMAND)
        return given, None
    script = _script(request, given.command)
    prefix = _PREFIX if given.prefix is None else given.prefix
    words = directives(script.decode(errors="surrogateescape"), prefix)
    try:
        inner, _rest = read_options(words, around)
    except BadOption as error:
        text = f"Unable to read script file because of error: {error.text}"
        raise Refusal(text, error.status) from None
    # `-b y` counts on the command line only.
    return given.over(replace(inner, binary=None)), script


def _script(request: Request, path: str | None) -> bytes:
    prefix = "Unable to read script file because of error: "
    if path is None:
        if request.stdin is None:
            raise StdinWanted
        if not request.stdin:
            raise Refusal(f"{prefix}no input read from stdin\n", _NOTHING_TO_READ)
        return request.stdin
    try:
        with open(os.path.join(request.cwd, path), "rb") as file:
            return file.read()
    except IsADirectoryError as error:
        raise Refusal(
            f'error: fread("{path}") failed: {error.strerror}\n'
            f"{prefix}error reading from file {path}\n",
            _NOTHING_TO_READ,
        ) from None
    except OSError as error:
        text = f"{prefix}error opening {path}: {error.strerror}\n"
        raise Refusal(text, _CANNOT_OPEN) from None


def _check(
    cell: Cell, job_id: int, name: str, submission: Submission, script: bytes | None
) -> None:
    if script is not None and not script:
        raise Denied("job rejected: no script in your request")
    check_job_name(name)
    if submission.account is not None and ":" in submission.account:
        raise Denied("Colon (':') not allowed in objectname")
    _check_tasks(cell, submission)
    _check_parallel(cell, submission)
    submission.resources = checked(submission.resources, frozenset(cell.config.hosts))
    _check_hosts(cell, submission)
    for queue in submission.queues:
        if not _known_queue(cell, queue):
            raise Denied(f'Job was rejected because job requests unknown queue "{queue}"')
    if submission.project is not None:
        project = submission.project
        raise Denied(f'job rejected: the requested project "{project}" does not exist')
    if (submission.priority or 0) > 0:
        raise Denied("job rejected: positive submission priority requires operator privileges")
    if submission.verify in ("e", "v"):
        _verify(cell, job_id, submission)


def _check_tasks(cell: Cell, submission: Submission) -> None:
    if submission.tasks is None:
        return
    if submission.tasks.start == 0:
        raise Denied("job rejected: 0 is an invalid task id")
    most = cell.config.max_tasks
    if len(submission.tasks) > most:
        raise Denied(f"job rejected: you tried to submit a job with more than {most} tasks")


def _check_parallel(cell: Cell, submission: Submission) -> None:
    if submission.pe is None:
        return
    name, slots, _most = submission.pe
    if slots == 0:
        raise Denied('"job" rejected: pe range must be greater than zero')
    if not any(fnmatchcase(pe, name) for pe in cell.config.parallel_environments):
        raise Denied(f'job rejected: the requested parallel environment "{name}" does not exist')


def _check_hosts(cell: Cell, submission: Submission) -> None:
    for path in (*submission.stdout, *submission.stderr, *submission.shells):
        host, colon, _rest = path.partition(":")
        if colon and host and host not in cell.config.hosts:
            raise Denied(f'can\'t resolve hostname "{host}"')


def _known_queue(cell: Cell, queue: str) -> bool:
    name, _at, host = queue.partition("@")
    return fnmatchcase(cell.config.queue, name) and (
        not host
        or host == "@allhosts"
        or any(fnmatchcase(known, host) for known in cell.config.hosts)
    )


def _verify(cell: Cell, job_id: int, submission: Submission) -> None:
    job = Job(
        id=job_id,
        name="",
        owner="",
        submission=submission,
        environ={},
        workdir="",
        submitted=0.0,
        slots=submission.pe[1] if submission.pe else 1,
        is_array=False,
    )
    if any(suits(job, host, cell.config) for host in cell.config.hosts):
        return
    if submission.verify == "e":
        raise Denied("error: no suitable queues")
    requests = ",".join(
        name if value is None else f"{name}={value}" for name, value in submission.resources.items()
    )
    raise Denied(
        "".join(
            f'Job {job_id} (-l {requests}) cannot run in queue "{cell.config.queue}@{host}"'
            f" because job requests unknown resource ({next(iter(submission.resources), '')})\n"
            for host in cell.config.hosts
        )
        + "verification: no suitable queues"
    )
