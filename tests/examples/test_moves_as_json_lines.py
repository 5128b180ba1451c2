"""The plugin that logs moves tells of every move of every job, with what is known of it then."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from xqute import JobStatus, Xqute

EXAMPLE = Path(__file__).parents[2] / "examples" / "moves_as_json_lines.py"
S = JobStatus


@pytest.fixture(scope="module")
def plugin_class():
    return runpy.run_path(str(EXAMPLE))["MovesAsJsonLines"]


async def run_logged(plugin_class, folder, body, **options):
    """Run jobs with the plugin, and return them, and the moves that it has written by job."""
    with (folder / "moves.jsonl").open("w") as file:
        async with Xqute(
            job_metadir=folder / "jobs", plugins=[plugin_class(file)], **options
        ) as xqute:
            await body(xqute)
    told = [json.loads(line) for line in (folder / "moves.jsonl").read_text().splitlines()]
    return xqute.jobs, {
        job.index: [move for move in told if move["job"] == job.index] for job in xqute.jobs
    }


def path_of(moves):
    return [S(move["after"]) for move in moves]


def assert_complete(job, moves):
    """Each move begins where the one before it ended, and the job says the same of itself."""
    assert [S(move["before"]) for move in moves] == [S.INIT, *path_of(moves)[:-1]]
    assert moves[-1]["after"] == job.status.value
    assert (moves[-1]["uid"], moves[-1]["rc"]) == (job.uid, job.rc)
    assert moves[-1]["attempt"] == job.trial_count + 1
    assert moves[-1]["failure"] == (str(job.failure) if job.failure else None)
    times = {S.INIT: job.times[S.INIT]} | {S(move["after"]): move["time"] for move in moves}
    assert times == job.times
    assert sorted(move["time"] for move in moves) == [move["time"] for move in moves]


@pytest.mark.anyio
async def test_every_move_is_told_as_the_jobs_tell_it(plugin_class, tmp_path):
    async def push(xqute):
        await xqute.push(["true"])
        await xqute.push(["false"])
        killed = await xqute.push(["sh", "-c", "echo begun; exec sleep 60"])
        cancelled = await xqute.push(["true"])
        await anext(killed.lines())
        await cancelled.kill()
        await killed.kill()

    retry = {"job_error_strategy": "retry", "job_num_retries": 1, "job_retry_delay": 0}
    jobs, moves = await run_logged(plugin_class, tmp_path, push, **retry)
    for job in jobs:
        assert_complete(job, moves[job.index])
    attempt = [S.QUEUED, S.SUBMITTED, S.RUNNING]
    assert path_of(moves[0]) == [*attempt, S.FINISHED]
    assert path_of(moves[1]) == [*attempt, S.FAILED, S.RETRYING, *attempt, S.FAILED]
    assert path_of(moves[2]) == [*attempt, S.KILLING, S.KILLED]
    assert path_of(moves[3]) == [S.QUEUED, S.CANCELLED]

    first, second = moves[1][:5], moves[1][5:]
    assert {move["attempt"] for move in first} == {1}
    assert {move["attempt"] for move in second} == {2}
    # What is known of the first attempt is not told of the second.
    assert [(move["rc"], move["failure"]) for move in first[3:]] == [(1, "EXIT: exit status 1")] * 2
    assert [second[0][name] for name in ("uid", "rc", "failure")] == [None, None, None]
    assert None not in {first[1]["uid"], second[1]["uid"]}
    assert first[1]["uid"] != second[1]["uid"]


@pytest.mark.anyio
async def test_a_job_that_is_collected_makes_one_move(plugin_class, tmp_path):
    async def push(xqute):
        await xqute.push(["true"])

    for expected in ([S.QUEUED, S.SUBMITTED, S.RUNNING, S.FINISHED], [S.FINISHED]):
        (job,), moves = await run_logged(plugin_class, tmp_path, push, job_resume=True)
        assert path_of(moves[0]) == expected
        assert_complete(job, moves[0])
    assert job.resumed


def test_the_example_appends_to_one_file_run_after_run(tmp_path):
    for _ in range(2):
        command = [sys.executable, EXAMPLE.with_name("moves_as_json_lines.py")]
        subprocess.run(command, cwd=tmp_path, check=True)
    told = [json.loads(line) for line in (tmp_path / "moves.jsonl").read_text().splitlines()]
    ends = [(move["job"], move["before"], move["after"]) for move in told]
    assert ends.count((0, "RUNNING", "FINISHED")) == 1
    assert ends.count((0, "INIT", "FINISHED")) == 1, "the second run has collected it"
    assert ends.count((1, "FAILED", "RETRYING")) == 2
    assert ends.count((2, "QUEUED", "CANCELLED")) == 2


def test_the_plugin_has_at_most_twenty_five_lines():
    found = re.findall(r"^class Moves.*?(?=\n\n\n)", EXAMPLE.read_text(), re.DOTALL | re.M)
    assert len(found[0].splitlines()) <= 25
