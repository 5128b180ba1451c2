"""Each reader of text that others have written, as a function of bytes that must not raise.

It is a finding if a function raises anything, takes long, or needs much memory. Exceptions that a
reader may raise (`SchedulerUnavailable`) are caught here, and its result is compared with what it
promises.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from xqute import JobFiles, ProcessIdentity, QueueState, SchedulerError, SchedulerUnavailable

# The readers are not public, and each of them is fuzzed by itself.
from xqute._former import read_former
from xqute._report import read_report, read_usage
from xqute.schedulers.sge import SgeJob, SgeScheduler, _array_script, _qacct, _qstat, _qsub
from xqute.schedulers.sge._commands import CommandResult


class Target(NamedTuple):
    """A reader, and texts that it accepts, for the fuzzer to start with."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _folder() -> Path:
    """Return a folder for the files of one job, in memory if possible."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    holder = tempfile.TemporaryDirectory(prefix="xqute-fuzz-", dir=place)
    _HOLDERS.append(holder)
    (Path(holder.name) / "0").mkdir()
    return Path(holder.name)


_HOLDERS: list[tempfile.TemporaryDirectory[str]] = []
_ROOT = _folder()
_FOLDER = str(_ROOT / "0")


def _write(*texts: tuple[str, bytes]) -> None:
    for name, text in texts:
        Path(_FOLDER, name).write_bytes(text)


def _parts(data: bytes, count: int) -> list[bytes]:
    """Cut the data into as many parts as there are files."""
    parts = data.split(b"\xff", count - 1)
    return [*parts, *[b""] * (count - len(parts))]


# No Grid Engine is needed: only its readers are called.
_SGE = object.__new__(SgeScheduler)

# --- core ---


def report(data: bytes) -> None:
    """The files that a job has left: rc, status and claim."""
    rc, status, claim = _parts(data, 3)
    _write(("job.rc", rc), ("job.status", status), ("job.claim.1", claim))
    for over in (False, True):
        for timed in (False, True):
            found = read_report(_FOLDER, f"{_FOLDER}/job.claim.1", over=over, timed=timed)
            assert found.rc is None or (found.rc in range(256) and rc.strip())
            assert found.rc in (None, 0) or found.failure is not None
            assert found.started or found.rc is None
    usage = read_usage(_FOLDER, f"{_FOLDER}/job.claim.1")
    assert usage is not None
    assert usage.wall is not None
    assert usage.wall >= 0


def intent(data: bytes) -> None:
    """The files that a former run has left: script and lock."""
    script, lock = _parts(data, 2)
    _write(("job.wrapped.local", script), ("job.lock", lock), ("job.rc", b""))
    try:
        former = read_former(_FOLDER, f"{_FOLDER}/job.wrapped.local")
    except ValueError:
        return  # The options in it are damaged, and whoever pushes the job is told so.
    if former is None:
        return
    assert former.intent.trial >= 0
    assert set(former.intent.token) <= set("0123456789abcdef")
    identity = ProcessIdentity.parse(former.uid or "")
    assert identity is None or identity.pid >= 0


def claim(data: bytes) -> None:
    """What the copy that runs has written into its claim."""
    files = JobFiles(0, str(_ROOT), token="1")
    _write(("job.claim.1", data), ("job.status", data))
    pid = files.claimed_by()
    assert pid is None or pid >= 0
    files.has_started()


# --- Grid Engine ---


def qstat(data: bytes) -> None:
    """The list of jobs, in XML."""
    with contextlib.suppress(SchedulerUnavailable):
        for letters in _qstat.parse_listing(data.decode("utf-8", "replace")).states.values():
            _qstat.is_in_error(letters)
            assert _qstat.queue_state(letters) in QueueState


def reasons(data: bytes) -> None:
    """Why jobs are in error."""
    for reason in _qstat.parse_error_reasons(data.decode("utf-8", "replace")).values():
        assert "\n" not in reason


def qacct(data: bytes) -> None:
    """The accounting records of jobs that have ended."""
    for record in _qacct.parse_records(data.decode("utf-8", "replace")).values():
        for started in (False, True):
            assert _qacct.failure_of(record, started=started).detail
        usage = _qacct.usage_of(record)
        assert usage.peak_memory is None or usage.peak_memory >= 0


def qsub(data: bytes) -> None:
    """The answer to a submission."""
    code, stdout, stderr = _parts(data, 3)
    answer = CommandResult(
        code[0] - 128 if code else 0,
        stdout.decode("utf-8", "replace"),
        stderr.decode("utf-8", "replace"),
    )
    outcome = _qsub.parse_outcome(answer)
    if isinstance(outcome, str):
        assert outcome.isdecimal()
    elif isinstance(outcome, _qsub.TaskLimit):
        assert outcome.tasks > 1
    else:
        assert isinstance(outcome, SchedulerError)


def tasks(data: bytes) -> None:
    """The script of an array, and the claim of one of its jobs."""
    script, claimed = _parts(data, 2)
    _write(("sge.a", script), ("job.claim.1", claimed), ("job.rc", b"0\n"))
    for index, token in _array_script.read_tasks(Path(_FOLDER, "sge.a")).values():
        assert index >= 0
        assert token
    job = SgeJob(0, ("true",), str(_ROOT), env=None, cwd=None, timeout=None, name=None, options={})
    job.attempt = job.attempt.with_token("1")
    job.claimed_uid()
    usage = _SGE.usage(job)
    assert usage is not None
    assert usage.slots is None or usage.slots >= 0


TARGETS = {
    "report": Target(
        report,
        (
            b"0\n\xffRUNNING\n0m0.01s 0m0.00s\n0m0.01s 0m0.02s\nFINISHED\n\xffpid 12\n",
            b"143\n\xffRUNNING\nFAILED TIMEOUT caught TERM\n\xffuid 7.1\npid 1 host a slots 2\n",
            b"\xffFAILED NEVER_STARTED cannot enter the working folder\n\xff",
        ),
    ),
    "intent": Target(
        intent,
        (
            (
                b"#!/bin/sh\n# xqute intent 1 trial=0 token=2e154a19ea73 fingerprint=f43fa3\n"
                b"\xff123/4567/0a-1b/host\n"
            ),
        ),
    ),
    "claim": Target(claim, (b"uid 7.1\npid 12 host node1 slots 1\nagain\npid 13\ncommand 14\n",)),
    "qstat": Target(
        qstat,
        (
            (
                b"<?xml version='1.0'?><job_info><queue_info><job_list state='running'>"
                b"<JB_job_number>7</JB_job_number><JB_name>a</JB_name><state>r</state>"
                b"<tasks>1,3-6:1</tasks></job_list></queue_info><job_info></job_info></job_info>"
            ),
            b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><job_info>&b;</job_info>",
        ),
    ),
    "reasons": Target(
        reasons,
        (b"job_number:                 7\nerror reason    1:          can't chdir to /no\n",),
    ),
    "qacct": Target(
        qacct,
        (
            (
                b"=====\nhostname     node1\njobnumber    7\ntaskid       2\nslots        1\n"
                b"failed       37  : qmaster enforced h_rt\nexit_status  137\nru_wallclock 2s\n"
                b"ru_maxrss    1.5KB\ncpu          0.010s\nmaxvmem      10.000MB\n"
                b"category     -l h_vmem=1G\n"
            ),
        ),
    ),
    "qsub": Target(
        qsub,
        (
            b"\x80\xff17.1-5:1\n\xff",
            b'\x80\xffYour job 17 ("a") has been submitted\n\xff',
            b"\x81\xff\xffUnable to run job: job rejected: no job with more than 5 tasks\n",
            b"\x99\xff\xffonly 3 jobs are allowed per user\n",
        ),
    ),
    "tasks": Target(
        tasks, (b"#!/bin/sh\n# 1: job 0, attempt 2e15\n\xffuid 7.undefined\npid 1 host a\n",)
    ),
}
