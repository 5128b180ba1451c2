"""The environment that a job runs in."""

from __future__ import annotations

import os

from .._config import Config
from .._job import Task

# Variables of the environment of qsub, and the names under which the job gets them.
ORIGINS = {
    "HOME": "SGE_O_HOME",
    "LOGNAME": "SGE_O_LOGNAME",
    "PATH": "SGE_O_PATH",
    "MAIL": "SGE_O_MAIL",
    "SHELL": "SGE_O_SHELL",
    "TZ": "SGE_O_TZ_NAME",
}
_PATH = "/usr/local/bin:/bin:/usr/bin"


def environment(task: Task, out: str, err: str, config: Config) -> dict[str, str]:
    """Return the environment of a task whose output goes to the files `out` and `err`."""
    job = task.job
    submission = job.submission
    host = task.host or ""
    own = dict(job.environ) if submission.export_all else {}
    own.update(submission.variables)
    scratch = os.path.join(config.scratch, f"{job.id}.{task.id}.{config.queue}")
    ids = submission.tasks if job.is_array else None
    folder = submission.cwd or config.home
    environ = {
        "LANG": "C",
        "TERM": "",
        **own,
        "ARC": config.arch,
        "ENVIRONMENT": "BATCH",
        "HOME": config.home,
        "HOSTNAME": host,
        "JOB_ID": str(job.id),
        "JOB_NAME": job.name,
        "JOB_SCRIPT": script_path(task, config) if job.script else submission.command or "",
        "LOGNAME": config.user,
        "NHOSTS": "1",
        "NQUEUES": "1",
        "NSLOTS": str(job.slots),
        "PATH": f"{scratch}:{own.get('PATH', _PATH)}",
        "PWD": folder,
        "QUEUE": config.queue,
        "REQNAME": job.name,
        "REQUEST": job.name,
        "RESTARTED": "1" if task.restarted else "0",
        "SGE_ACCOUNT": submission.account or "sge",
        "SGE_ARCH": config.arch,
        "SGE_BINARY_PATH": os.path.join(config.folder, "bin"),
        "SGE_CELL": "default",
        "SGE_CWD_PATH": folder,
        "SGE_JOB_SPOOL_DIR": mark(task, config),
        "SGE_O_HOST": config.hosts[0],
        "SGE_O_WORKDIR": job.workdir,
        "SGE_ROOT": config.folder,
        "SGE_STDERR_PATH": err,
        "SGE_STDIN_PATH": "/dev/null",
        "SGE_STDOUT_PATH": out,
        "SGE_TASK_FIRST": str(ids.start) if ids else "undefined",
        "SGE_TASK_ID": str(task.id) if ids else "undefined",
        "SGE_TASK_LAST": str(ids.stop - 1) if ids else "undefined",
        "SGE_TASK_STEPSIZE": str(ids.step) if ids else "undefined",
        "SHELL": shell(task, config),
        "TMP": scratch,
        "TMPDIR": scratch,
        "USER": config.user,
    }
    for name, origin in ORIGINS.items():
        if name in job.environ:
            environ[origin] = job.environ[name]
    if submission.pe:
        environ["PE"] = submission.pe[0]
    return environ


def mark(task: Task, config: Config) -> str:
    """Return the value of SGE_JOB_SPOOL_DIR, which is different for each task."""
    run = f"{task.job.id}.{task.id}"
    return os.path.join(config.spool(task.host or ""), "active_jobs", run)


def script_path(task: Task, config: Config) -> str:
    """Return the path of a task's script on its host."""
    return os.path.join(config.spool(task.host or ""), "job_scripts", str(task.job.id))


def shell(task: Task, config: Config) -> str:
    """Return the shell that runs a task: that of `-S`, or else that of the queue."""
    return for_host(task.job.submission.shells, task.host) or config.shell


def for_host(paths: list[str], host: str | None) -> str | None:
    """Return the path for a host from a list of `[HOST:]PATH`, None if there is none."""
    anywhere = None
    for path in paths:
        name, colon, rest = path.partition(":")
        if colon and name == host:
            return rest
        if not colon or not name:
            anywhere = rest if colon else path
    return anywhere
