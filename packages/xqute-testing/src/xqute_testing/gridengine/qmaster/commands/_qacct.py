"""qacct: reads the accounting file. It works while the qmaster is down, too."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase

from .._cell import Cell
from .._request import Answer, Refusal, Request
from ._help_texts import QACCT
from ._task_ranges import parse_range, show_range

_RULE = "=" * 62
_REASONS = {
    19: "before writing exit_status",
    25: "rescheduling",
    26: "opening input/output file",
    27: "searching requested shell",
    28: "changing into working directory",
    30: "application error returned",
    37: "qmaster enforced h_rt, h_cpu, or h_vmem limit",
    100: "assumedly after job",
}
_SIGNALLED = 128


def qacct(cell: Cell, request: Request) -> Answer:
    """Show the accounting records of a job."""
    words = list(request.words)
    wanted: str | None = None
    tasks: str | None = None
    while words:
        word = words.pop(0)
        if word == "-j" and words:
            wanted = words.pop(0)
        elif word == "-t" and words:
            tasks = words.pop(0)
        else:
            raise Refusal(QACCT)
    if wanted is None:
        raise Refusal("qacct: only -j JOB [-t TASKS] is there in this fake Grid Engine\n")
    try:
        with open(cell.config.accounting_file, errors="surrogateescape") as file:
            lines = [line.rstrip("\n").split(":") for line in file]
    except FileNotFoundError as error:
        return Answer(
            "no jobs running since startup\n",
            f"{cell.config.accounting_file}: {error.strerror}\n",
            1,
        )
    found = [fields for fields in lines if _matches(fields, wanted, tasks)]
    if not found:
        raise Refusal(_not_found(wanted, tasks))
    return Answer("".join(line + "\n" for fields in found for line in _show(fields)))


def _matches(fields: list[str], wanted: str, tasks: str | None) -> bool:
    if wanted.isdecimal():
        if fields[5] != wanted:
            return False
    elif not fnmatchcase(fields[4], wanted):
        return False
    return tasks is None or int(fields[35]) in (parse_range(tasks) or ())


def _not_found(wanted: str, tasks: str | None) -> str:
    if tasks is not None:
        ids = show_range(parse_range(tasks) or range(1))
        return f"error: Job-array tasks {wanted}.{ids} not found\n"
    kind = "job id" if wanted.isdecimal() else "job name"
    return f"error: {kind} {wanted} not found\n"


def _show(fields: list[str]) -> Iterator[str]:
    failed, status = int(fields[11]), int(fields[12])
    values = {
        "qname": f"{fields[0]:20}",
        "hostname": f"{fields[1]:20}",
        "group": f"{fields[2]:20}",
        "owner": f"{fields[3]:20}",
        "project": f"{fields[31]:20}",
        "department": f"{fields[32]:20}",
        "jobname": f"{fields[4]:20}",
        "jobnumber": f"{fields[5]:20}",
        "taskid": f"{fields[35]:20}" if fields[35] != "0" else "undefined",
        "account": f"{fields[6]:20}",
        "priority": f"{fields[7]:20}",
        "qsub_time": time.ctime(int(fields[8])),
        "start_time": _time(fields[9]),
        "end_time": _time(fields[10]),
        "granted_pe": f"{fields[33]:20}",
        "slots": f"{fields[34]:20}",
        "failed": f"{failed:<4}" + (f": {_REASONS.get(failed, '')}" if failed else " "),
        "exit_status": f"{status:<20}" + _signal_name(status),
        "ru_wallclock": f"{int(fields[13])}s",
        "ru_utime": f"{float(fields[14]):.3f}s",
        "ru_stime": f"{float(fields[15]):.3f}s",
        "ru_maxrss": _bytes(fields[16]),
        **{f"ru_{name}": _bytes(fields[17 + at]) for at, name in enumerate(_SIZES)},
        **{f"ru_{name}": f"{float(fields[21 + at]):<20.0f}" for at, name in enumerate(_COUNTS)},
        "cpu": f"{float(fields[36]):.3f}s",
        "mem": _bytes(float(fields[37]) * 2**30) + "s",
        "io": _bytes(float(fields[38]) * 2**30),
        "iow": f"{float(fields[40]):.3f}s",
        "maxvmem": _bytes(fields[42]),
        "arid": "undefined",
        "ar_sub_time": "undefined",
        "category": fields[39],
    }
    yield _RULE
    for name, value in values.items():
        yield f"{name:12} {value}"


_SIZES = ("ixrss", "ismrss", "idrss", "isrss")
_COUNTS = (
    *("minflt", "majflt", "nswap", "inblock", "oublock", "msgsnd", "msgrcv", "nsignals"),
    *("nvcsw", "nivcsw"),
)


def _time(text: str) -> str:
    return time.ctime(int(text)) if text != "0" else "-/-"


def _signal_name(status: int) -> str:
    number = status - _SIGNALLED
    return f" ({signal.strsignal(number)})" if 0 < number < 32 else ""


def _bytes(value: str | float) -> str:
    amount = float(value)
    units = ["B", "KB", "MB", "GB", "TB"]
    while amount >= 1024 and len(units) > 1:
        amount /= 1024
        units.pop(0)
    return f"{amount:.3f}{units[0]}"
