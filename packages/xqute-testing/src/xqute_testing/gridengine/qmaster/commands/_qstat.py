"""qstat: selects the rows to show, and formats them as text or XML."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .._cell import Cell
from .._job import Job, Task
from .._request import Answer, Refusal, Request
from ._help_texts import QSTAT
from ._qstat_j import show_jobs
from ._task_ranges import show_ids, show_range
from ._xml import escape

_HEAD = (
    "job-ID  prior   name       user         state submit/start at     queue      "
    "                    slots ja-task-ID \n"
)
_XML_HEAD = (
    "<?xml version='1.0'?>\n"
    '<job_info  xmlns:xsd="http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources/schemas'
    '/qstat/qstat.xsd">\n'
)
_SEEN, _UNSEEN = "0.50000", "0.00000"

# The words that `-s` takes, and the tasks that each selects.
_HOLDS: dict[str, Callable[[Task], bool]] = {
    "hu": lambda task: task.held,
    "ho": lambda task: False,
    "hs": lambda task: False,
    "hd": lambda task: False,
    "hj": lambda task: bool(task.job.predecessors),
    "ha": lambda task: False,
}
_STATES: dict[str, Callable[[Task], bool]] = {
    **_HOLDS,
    "h": lambda task: any(held(task) for held in _HOLDS.values()),
    "p": lambda task: not task.runs,
    "r": lambda task: task.runs and not task.suspended,
    "s": lambda task: task.suspended,
    "a": lambda task: True,
    "z": lambda task: False,
}


@dataclass(slots=True)
class _Options:
    xml: bool = False
    each_task: bool = False
    users: list[str] | None = None
    states: list[str] | None = None
    jobs: str | None = None


def qstat(cell: Cell, request: Request) -> Answer:
    """Show the states of jobs."""
    options = _read(list(request.words))
    if options.jobs is not None:
        return show_jobs(cell, options.jobs, xml=options.xml)
    rows = list(_rows(cell, options))
    return Answer(_as_xml(rows) if options.xml else _as_text(rows))


def _read(words: list[str]) -> _Options:
    options = _Options()
    while words:
        word = words.pop(0)
        if word == "-xml":
            options.xml = True
        elif word in ("-u", "-s", "-g"):
            if not words:
                raise Refusal(f"{word} option must have argument\n")
            _set(options, word, words.pop(0))
        elif word == "-j":
            takes = words and not words[0].startswith("-")
            options.jobs = words.pop(0) if takes else ""
        elif word in ("-f", "-ext", "-r", "-t", "-q", "-pri", "-urg", "-explain", "-F", "-ne"):
            raise Refusal(f"qstat: the option {word} is not there in this fake Grid Engine\n")
        else:
            raise Refusal(f'{QSTAT}invalid option argument "{word}"\n')
    return options


def _set(options: _Options, word: str, value: str) -> None:
    if word == "-u":
        options.users = value.split(",")
    elif word == "-g":
        options.each_task = options.each_task or value == "d"
    else:
        options.states = []
        while value:
            letters = next((known for known in _STATES if value.startswith(known)), None)
            if letters is None:
                raise Refusal(QSTAT + "ERROR! wrong argument to -s option\n")
            options.states.append(letters)
            value = value[len(letters) :]


@dataclass(frozen=True, slots=True)
class _Row:
    job: Job
    state: str
    priority: str
    when: float
    queue: str
    tasks: str


def _rows(cell: Cell, options: _Options) -> Iterator[_Row]:
    users = options.users if options.users is not None else [cell.config.user]
    if not any(fnmatchcase(cell.config.user, user) for user in users):
        return
    tests = [_STATES[letters] for letters in options.states or ["a"]]
    waiting: list[_Row] = []
    for job in sorted(cell.jobs, key=lambda job: job.id):
        tasks = [task for task in job.tasks.values() if any(test(task) for test in tests)]
        for task in sorted(tasks, key=lambda task: task.id):
            if task.runs:
                queue = f"{cell.config.queue}@{task.host}"
                ids = str(task.id) if job.is_array else ""
                yield _Row(job, task.state, _SEEN, task.started, queue, ids)
        waiting += _waiting(job, tasks, each=options.each_task)
    yield from sorted(waiting, key=lambda row: row.priority, reverse=True)
    if "z" in (options.states or ()):
        for job in cell.jobs.finished:
            ids = show_range(job.submission.tasks) if job.submission.tasks else ""
            yield _Row(job, "z", _UNSEEN, job.submitted, "", ids)


def _waiting(job: Job, tasks: Iterable[Task], *, each: bool) -> Iterator[_Row]:
    groups: dict[tuple[str, str, float], list[int]] = {}
    for task in tasks:
        if not task.runs:
            known = task.restarted or task.error is not None
            key = (task.state, _SEEN if known else _UNSEEN, task.queued)
            groups.setdefault(key, []).append(task.id)
    step = job.submission.tasks.step if job.submission.tasks else 1
    for (state, priority, queued), ids in groups.items():
        ids.sort()
        shown = [str(number) for number in ids] if each else [show_ids(ids, step)]
        for text in shown:
            yield _Row(job, state, priority, queued, "", text if job.is_array else "")


def _as_text(rows: list[_Row]) -> str:
    if not rows:
        return ""
    lines = [_HEAD, "-" * (len(_HEAD) - 2) + "\n"]
    for row in rows:
        date = time.strftime("%m/%d/%Y %H:%M:%S", time.localtime(row.when))
        lines.append(
            f"{row.job.id:7d} {row.priority} {row.job.name[:10]:10} {row.job.owner[:12]:12}"
            f" {row.state:5} {date} {row.queue[:30]:30} {row.job.slots:5d}"
            f" {row.tasks or ' ' * 7}\n"
        )
    return "".join(lines)


def _as_xml(rows: list[_Row]) -> str:
    running = "".join(_element(row) for row in rows if row.queue)
    pending = "".join(_element(row) for row in rows if not row.queue)
    return (
        f"{_XML_HEAD}  <queue_info>\n{running}  </queue_info>\n"
        f"  <job_info>\n{pending}  </job_info>\n</job_info>\n"
    )


def _element(row: _Row) -> str:
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(row.when))
    kind = "JAT_start_time" if row.queue else "JB_submission_time"
    values = {
        "JB_job_number": row.job.id,
        "JAT_prio": row.priority,
        "JB_name": escape(row.job.name),
        "JB_owner": escape(row.job.owner),
        "state": row.state,
        kind: date,
        "queue_name": row.queue,
        "slots": row.job.slots,
    }
    if row.tasks:
        values["tasks"] = row.tasks
    inner = "".join(f"      <{name}>{value}</{name}>\n" for name, value in values.items())
    state = "running" if row.queue else "pending"
    return f'    <job_list state="{state}">\n{inner}    </job_list>\n'
