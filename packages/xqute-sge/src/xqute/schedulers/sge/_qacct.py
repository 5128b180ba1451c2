"""Reading what qacct prints: the accounting records of jobs, and what they say."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping

from xqute import Failure, FailureKind, ScriptExit, Usage, signal_name

#: One accounting record: the texts of its fields, by their names; see accounting(5).
AccountingRecord = Mapping[str, str]

# The value of the field `failed` for a job that was ended because it was over a limit
# (sge_status(5)).
_OVER_LIMIT = 37
_BINARY_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_DECIMAL_UNITS = {"k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_UNITS = _BINARY_UNITS | _DECIMAL_UNITS
_AMOUNT = re.compile(r"([0-9]{1,18}(?:\.[0-9]+)?)([KMGTkmgt]?)")
_H_VMEM = re.compile(r"\bh_vmem=([^,\s]+)")


def parse_records(text: str) -> dict[str, AccountingRecord]:
    """Return the last record of each job and task in what qacct has printed, by its id.

    A job that was run again has several records. A job in error has one too, although it is not
    over.
    """
    records: dict[str, AccountingRecord] = {}
    for part in re.split(r"^=+\n", text, flags=re.MULTILINE)[1:]:
        lines = (line.partition(" ") for line in part.split("\n"))
        record = {name: value.strip() for name, _, value in lines if name}
        number, task = record.get("jobnumber", ""), record.get("taskid", "undefined")
        records[number if task == "undefined" else f"{number}.{task}"] = record
    return records


def failure_of(record: AccountingRecord, *, started: bool) -> Failure:
    """Return why a job failed that left no result.

    Args:
        record: Its accounting record.
        started: Whether its wrapped script has begun.
    """
    failed, status = _number(record, "failed"), _number(record, "exit_status")
    proof = _proof(record)
    if not started:
        if (failed, status) == (0, ScriptExit.NOT_STARTED):
            proof = f"the wrapped script can't write to its folder; {proof}"
        return Failure(FailureKind.NEVER_STARTED, proof)
    killed = failed == _OVER_LIMIT or status == 128 + signal.SIGKILL
    if killed and _is_over_memory(record):
        return Failure(FailureKind.OUT_OF_MEMORY, f"it used more than its h_vmem; {proof}")
    if failed == _OVER_LIMIT:
        return Failure(FailureKind.WALLTIME, f"Grid Engine ended it at its time limit; {proof}")
    if status > 128:
        return Failure(FailureKind.SIGNAL, f"{signal_name(status - 128)} ended it; {proof}")
    return Failure(FailureKind.LOST, f"it ended without a result; {proof}")


def usage_of(record: AccountingRecord) -> Usage:
    """Return what a job has used according to its accounting record."""
    return Usage(
        wall=_amount(record, "ru_wallclock"),
        cpu=_amount(record, "cpu"),
        peak_memory=_peak_memory(record),
        host=record.get("hostname"),
        slots=_number(record, "slots") or None,
    )


def _proof(record: AccountingRecord) -> str:
    shown = [
        f"{name} {' '.join(record[name].split())}"
        for name in ("failed", "exit_status", "ru_wallclock", "maxvmem", "hostname")
        if name in record
    ]
    return f"qacct: {', '.join(shown)}"


def _number(record: AccountingRecord, name: str) -> int:
    """Return the number at the beginning of a field, as of `37  : qmaster enforced h_rt, …`."""
    found = re.match(r"[0-9]{1,9}", record.get(name, ""))
    return int(found[0]) if found else 0


def _amount(record: AccountingRecord, name: str) -> float | None:
    return _parse_amount(record.get(name, ""))


def _peak_memory(record: AccountingRecord) -> int | None:
    # The kernel counts in KiB (getrusage(2)), and qacct prints the number as if it were bytes.
    amount = _amount(record, "ru_maxrss")
    return round(amount * 1024) if amount else None


def _parse_amount(text: str) -> float | None:
    """Return a number with an optional unit, as `4.305KB`, `201.000M` or `61.500s`."""
    found = _AMOUNT.match(text)
    return None if found is None else float(found[1]) * _UNITS[found[2]]


def _is_over_memory(record: AccountingRecord) -> bool:
    """Return whether the record shows that the job used more than its h_vmem, which is per slot."""
    limit = _H_VMEM.search(record.get("category", ""))
    allowed, used = _parse_amount(limit[1]) if limit else None, _amount(record, "maxvmem")
    return bool(allowed and used and used > allowed * (_number(record, "slots") or 1))
