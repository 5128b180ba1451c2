"""Checks that the ledger, the files and the hook calls of one folder agree."""

import json
from collections import Counter
from pathlib import Path

from processes import running, unknown
from scenarios import Expected, Scenario

# Which hook of a job may follow which; "" stands for the beginning of a life.
_NEXT = {
    "": {"init"},
    "init": {"queued", "succeeded"},
    "queued": {"submitted", "failed"},
    "submitted": {"running", "failed", "killing"},
    "running": {"succeeded", "failed", "killing"},
    "failed": {"retrying"},
    "retrying": {"queued"},
    "killing": {"killed"},
    "killed": set(),
    "succeeded": set(),
}
_LAST = {"FINISHED": {"succeeded"}, "FAILED": {"failed"}, "KILLED": {"killed"}}


def wrong_in_a_life(scenario: Scenario, folder: Path, life: int) -> list[str]:
    """Return what is wrong after a life, other than the last one, has ended or was killed."""
    wrong = [f"life {life}: {what}" for what in _wrong_hooks(folder, life)]
    wrong += [f"life {life}: process {pid} runs, and no file names it" for pid in unknown(folder)]
    end = folder / f"life.{life}.end"
    if end.exists():
        raised = json.loads(end.read_text())["raised"]
        if raised != scenario.raised_before:
            wrong.append(f"life {life} has raised {raised}")
        if not scenario.leaves_jobs:
            wrong += [f"life {life} has ended, and process {pid} runs" for pid in running(folder)]
    return wrong


def wrong_in_the_end(scenario: Scenario, folder: Path, lives: int) -> list[str]:
    """Return what is wrong after the last life has ended."""
    end = json.loads((folder / f"life.{lives}.end").read_text())
    wrong = [f"the last life: {what}" for what in _wrong_hooks(folder, lives)]
    # A job that this life did not push any more may still run since a former life.
    left = unknown(folder) if len(end["jobs"]) < len(scenario.jobs) else running(folder)
    wrong += [f"all is over, and process {pid} runs" for pid in left]
    if end["raised"] != scenario.raised:
        wrong.append(f"it has raised {end['raised']}")
    ledger = Counter((folder / "ledger").read_text().splitlines())
    if len(end["jobs"]) < len(scenario.jobs) and scenario.raised is None:
        wrong.append("it has not pushed all jobs")
    called = _calls(folder, lives)
    expectations = [expected for _script, expected in scenario.jobs]
    for index, (said, expected) in enumerate(zip(end["jobs"], expectations, strict=False)):
        begun, ended = ledger[f"{index} begin"], ledger[f"{index} end"]
        for what in (
            _wrong_result(said, expected, index),
            _wrong_ledger(expected, begun, ended, lives),
        ):
            wrong += [f"job {index} {what}"] if what else []
        last = called.get(index, [""])[-1]
        if last not in _LAST.get(said["status"], {"queued", "retrying", "init"}):
            wrong.append(f"job {index} is {said['status']}, and its last hook was {last!r}")
    return wrong


def _wrong_result(said: dict[str, object], expected: Expected, index: int) -> str | None:
    if said["status"] not in [status.name for status in expected.status]:
        return f"is {said['status']}"
    if expected.rc is not None and said["rc"] != expected.rc:
        return f"has rc {said['rc']}"
    # A job that was killed may not have printed its line.
    own = {f"of {index}\n"} if expected.rc is not None else {f"of {index}\n", ""}
    if said["stdout"] not in own:
        return f"has the output {said['stdout']!r}"
    return None


def _wrong_ledger(expected: Expected, begun: int, ended: int, lives: int) -> str | None:
    most = lives if expected.begun is None else expected.begun
    least = expected.ended if expected.begun is None else expected.begun
    if not least <= begun <= most:
        return f"has begun {begun} times"
    return None if ended == expected.ended else f"has come to its end {ended} times"


def _calls(folder: Path, life: int) -> dict[int, list[str]]:
    calls: dict[int, list[str]] = {}
    for line in (folder / f"life.{life}.hooks").read_text().splitlines():
        index, hook = line.split()
        calls.setdefault(int(index), []).append(hook)
    return calls


def _wrong_hooks(folder: Path, life: int) -> list[str]:
    wrong = []
    for index, calls in _calls(folder, life).items():
        for before, after in zip(["", *calls], calls, strict=False):
            if after not in _NEXT[before]:
                wrong.append(f"job {index}: hook {after!r} came after {before!r}")
    return wrong
