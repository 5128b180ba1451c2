"""What qacct says of jobs that have ended: how, and what they used."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping

from xqute import Failure, FailureKind, ScriptExit, Usage, signal_name

#: One record: its fields by their names.
Record = Mapping[str, str]

# sge_status(5): the value of `failed` of a job that was ended because it was over a limit.
_OVER_LIMIT = 37
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_DECIMAL = {"k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_AMOUNT = re.compile(r"([0-9]{1,18}(?:\.[0-9]+)?)([KMGTkmgt]?)")
_H_VMEM = re.compile(r"\bh_vmem=([^,\s]+)")


def read_records(text: str) -> dict[str, Record]:
    """Return the last record of each job and task in what qacct has printed, by its id.

    A job that was run again has several. One that is in error has one as well, and is not over.
    """
    records: dict[str, Record] = {}
    for part in re.split(r"^=+\n", text, flags=re.MULTILINE)[1:]:
        lines = (line.partition(" ") for line in part.split("\n"))
        record = {name: value.strip() for name, _, value in lines if name}
        number, task = record.get("jobnumber", ""), record.get("taskid", "undefined")
        records[number if task == "undefined" else f"{number}.{task}"] = record
    return records


def failure(record: Record, *, started: bool) -> Failure:
    """Return why a job has ended without a result.

    Args:
        record: Its record.
        started: Whether its wrapped script has begun.
    """
    failed, status = _number(record, "failed"), _number(record, "exit_status")
    proof = _proof(record)
    if not started:
        if (failed, status) == (0, ScriptExit.NOT_STARTED):
            proof = f"the wrapped script can't write to its folder; {proof}"
        return Failure(FailureKind.NEVER_STARTED, proof)
    killed = failed == _OVER_LIMIT or status == 128 + signal.SIGKILL
    if killed and _over_memory(record):
        return Failure(FailureKind.OUT_OF_MEMORY, f"it used more than its h_vmem; {proof}")
    if failed == _OVER_LIMIT:
        return Failure(FailureKind.WALLTIME, f"Grid Engine ended it, its time was up; {proof}")
    if status > 128:
        return Failure(FailureKind.SIGNAL, f"{signal_name(status - 128)} ended it; {proof}")
    return Failure(FailureKind.LOST, f"it ended without a result; {proof}")


def usage(record: Record) -> Usage:
    """Return what a job has used."""
    return Usage(
        wall=_amount(record, "ru_wallclock"),
        cpu=_amount(record, "cpu"),
        peak_memory=_resident(record),
        host=record.get("hostname"),
        slots=_number(record, "slots") or None,
    )


def _proof(record: Record) -> str:
    shown = [
        f"{name} {' '.join(record[name].split())}"
        for name in ("failed", "exit_status", "ru_wallclock", "maxvmem", "hostname")
        if name in record
    ]
    return f"qacct: {', '.join(shown)}"


def _number(record: Record, name: str) -> int:
    """Return the number at the beginning of a field, as in `37  : qmaster enforced h_rt, …`."""
    found = re.match(r"[0-9]{1,9}", record.get(name, ""))
    return int(found[0]) if found else 0


def _amount(record: Record, name: str) -> float | None:
    return _bytes(record.get(name, ""))


def _resident(record: Record) -> int | None:
    # The kernel counts this in KiB, and qacct shows it as if these were bytes.
    amount = _amount(record, "ru_maxrss")
    return round(amount * 1024) if amount else None


def _bytes(text: str) -> float | None:
    found = _AMOUNT.match(text)
    if found is None:
        return None
    unit = found[2]
    return float(found[1]) * (_UNITS.get(unit) or _DECIMAL[unit])


def _over_memory(record: Record) -> bool:
    """Return whether the record itself shows that the job was over its limit, which is per slot."""
    limit = _H_VMEM.search(record.get("category", ""))
    allowed, used = _bytes(limit[1]) if limit else None, _amount(record, "maxvmem")
    return bool(allowed and used and used > allowed * (_number(record, "slots") or 1))
