"""`qstat -j`: shows jobs in detail."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from .._cell import Cell
from .._job import Job, Task
from .._request import Answer
from ..execd._environment import ORIGINS
from ._task_ranges import show_range
from ._xml import escape

_LABEL_WIDTH = 28
_HEAD = (
    "<?xml version='1.0'?>\n"
    '<detailed_job_info  xmlns:xsd="http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources'
    '/schemas/qstat/detailed_job_info.xsd">\n'
)
_NOTHING_USED = "cpu=00:00:00, mem=0.00000 GB s, io=0.00000 GB, vmem=N/A, maxvmem=N/A"


def show_jobs(cell: Cell, words: str, *, xml: bool) -> Answer:
    """Show the jobs that a list names; if the list is empty, show why jobs wait.

    Args:
        cell: The cell.
        words: Numbers, names and patterns, with commas between them.
        xml: Whether the output is XML.
    """
    wanted = [word for word in words.split(",") if word]
    if not wanted and not xml:
        return Answer(_why_they_wait(cell))
    jobs = cell.jobs.named(wanted)
    if jobs:
        return Answer(_as_xml(cell, jobs) if xml else "".join(_as_text(cell, job) for job in jobs))
    if xml:
        names = "".join(f"    <ST_name>{escape(word)}</ST_name>\n" for word in wanted)
        return Answer(f"<?xml version='1.0'?>\n<unknown_jobs >\n{names}</unknown_jobs>\n")
    return Answer(err=f"Following jobs do not exist: \n{', '.join(wanted)}\n", status=1)


def _why_they_wait(cell: Cell) -> str:
    reasons: dict[str, list[str]] = {}
    for job in cell.jobs:
        if job.predecessors:
            reason = "Jobs dropped because of job dependencies"
        elif any(task.held for task in job.waiting.values()):
            reason = "Jobs dropped because of hold state"
        else:
            continue
        reasons.setdefault(reason, []).append(str(job.id))
    return "".join(f"{reason}\n\t" + ",\t".join(ids) + "\n" for reason, ids in reasons.items())


def _as_text(cell: Cell, job: Job) -> str:
    lines = ["=" * 62 + "\n"]
    for label, value in (*_fields(cell, job), *_tasks(job)):
        if value:
            lines.append(f"{label + ':':{_LABEL_WIDTH}}{value}\n")
    return "".join(lines)


def _fields(cell: Cell, job: Job) -> Iterator[tuple[str, str | None]]:
    """Yield labels and values of a job, in order. Empty values are not shown."""
    config, submission = cell.config, job.submission
    yield "job_number", str(job.id)
    yield "exec_file", f"job_scripts/{job.id}"
    yield "submission_time", time.ctime(job.submitted)
    yield "owner", config.user
    yield "uid", str(os.getuid())
    yield "group", config.group
    yield "gid", str(os.getgid())
    yield from _origins(job)
    yield "sge_o_workdir", job.workdir
    yield "sge_o_host", config.hosts[0]
    yield "account", submission.account or "sge"
    yield "cwd", submission.cwd
    yield "merge", "y" if submission.merge else ""
    yield "stderr_path_list", _paths(submission.stderr, "NONE:")
    yield "hard resource_list", _requests(job)
    yield "mail_list", f"{config.user}@{config.hosts[0]}"
    yield "notify", "FALSE"
    yield "job_name", job.name
    yield "stdout_path_list", _paths(submission.stdout, "NONE:")
    yield "priority", str(job.priority or "")
    yield "jobshare", "0"
    yield "hard_queue_list", ",".join(submission.queues)
    yield "restart", {True: "y", False: "n", None: ""}[submission.rerun]
    yield "shell_list", _paths(submission.shells, "")
    yield "env_list", _variables(job)
    yield "job_args", ",".join(submission.args)
    yield "script_file", submission.command or "STDIN"
    yield from _dependencies(cell, job)
    yield "parallel environment", _parallel(job)
    yield "job-array tasks", show_range(submission.tasks) if submission.tasks else ""
    yield "maximum concurrency", str(submission.max_running or "")
    yield "binding", "NONE"
    yield "job_type", _type(job)


def _parallel(job: Job) -> str:
    if job.submission.pe is None:
        return ""
    name, least, most = job.submission.pe
    return f"{name} range: {least}" + (f"-{most}" if most != least else "")


def _origins(job: Job) -> Iterator[tuple[str, str]]:
    labels = {"SGE_O_LOGNAME": "sge_o_log_name"}
    for variable, origin in ORIGINS.items():
        if variable in job.environ:
            yield labels.get(origin, origin.lower()), job.environ[variable]


def _paths(paths: list[str], middle: str) -> str:
    shown = []
    for path in paths:
        host, colon, rest = path.partition(":")
        name = host if colon and host else "NONE"
        shown.append(f"{name}:{middle}{rest if colon else path}")
    return ",".join(shown)


def _requests(job: Job) -> str:
    return ",".join(
        f"{name}={'TRUE' if value is None else value}"
        for name, value in job.submission.resources.items()
    )


def _variables(job: Job) -> str:
    variables = {"TERM": job.environ.get("TERM") or "NONE"}
    if job.submission.export_all:
        variables.update(job.environ)
    variables.update(job.submission.variables)
    return ",".join(f"{name}={value}" for name, value in variables.items())


def _dependencies(cell: Cell, job: Job) -> Iterator[tuple[str, str]]:
    asked = job.submission.predecessors
    known = [str(number) for number in job.predecessors]
    if asked:
        yield "jid_predecessor_list (req)", ",".join(asked)
    if known:
        yield "jid_predecessor_list", ",".join(known)
    alive = [str(number) for number in job.successors if cell.jobs.get(number)]
    if alive:
        yield "jid_successor_list", ",".join(alive)


def _type(job: Job) -> str:
    if not job.submission.binary:
        return "NONE"
    return "binary,noshell" if job.submission.use_shell is False else "binary"


def _tasks(job: Job) -> Iterator[tuple[str, str]]:
    tasks = sorted(job.tasks.values(), key=lambda task: task.id)
    for task in tasks:
        if task.runs:
            yield f"usage {task.id:9d}", _NOTHING_USED
    for task in tasks:
        if task.runs:
            yield f"binding {task.id:7d}", "NONE"
    for task in tasks:
        if task.error is not None:
            yield f"error reason {task.id:10d}", "  " + task.error
    if job.waiting:
        yield "scheduling info", _why(job, tasks)


def _why(job: Job, tasks: list[Task]) -> str:
    if any(task.held for task in tasks):
        return "Job is in hold state"
    if job.predecessors:
        return "job dropped because of job dependencies"
    return "There are no messages available"


def _as_xml(cell: Cell, jobs: list[Job]) -> str:
    elements = "".join(_element(cell, job) for job in jobs)
    return f"{_HEAD}  <djob_info>\n{elements}  </djob_info>\n</detailed_job_info>\n"


def _element(cell: Cell, job: Job) -> str:
    config, submission = cell.config, job.submission
    values: dict[str, object] = {
        "JB_job_number": job.id,
        "JB_ar": 0,
        "JB_exec_file": f"job_scripts/{job.id}",
        "JB_submission_time": int(job.submitted),
        "JB_owner": config.user,
        "JB_uid": os.getuid(),
        "JB_group": config.group,
        "JB_gid": os.getgid(),
        "JB_account": submission.account or "sge",
        "JB_merge_stderr": "true" if submission.merge else "false",
        "JB_job_name": job.name,
        "JB_script_file": submission.command or "STDIN",
    }
    if submission.cwd is not None:
        values["JB_cwd"] = submission.cwd
    inner = "".join(f"      <{k}>{escape(str(v))}</{k}>\n" for k, v in values.items())
    return f"    <element>\n{inner}    </element>\n"
