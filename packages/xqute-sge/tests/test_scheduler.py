"""Whole runs, with commands that fail in ways in which those of a real Grid Engine rarely do."""

import asyncio

import pytest

from xqute import FailureKind, InvalidValue, JobStatus, SchedulerUnavailable
from xqute.schedulers.sge import SgeJob

pytestmark = pytest.mark.anyio

# Runs the script that is submitted; of an array, one task after the other.
RUNS = """
for script; do :; done
case "$*" in
*" -t "*) for SGE_TASK_ID in $(seq 1 "${5#1-}"); do
        JOB_ID=$$ SGE_TASK_ID=$SGE_TASK_ID sh "$script"
    done; echo $$.1-9:1 ;;
*) JOB_ID=$$ SGE_TASK_ID=undefined sh "$script"; echo $$ ;;
esac
"""


async def test_options_are_checked_where_they_are_given(make):
    with pytest.raises(InvalidValue, match="sge_N"):
        make(sge_N="x")
    xqute = make()
    with pytest.raises(InvalidValue, match="sge_o"):
        await xqute.push(["true"], sge_o="x")
    with pytest.raises(InvalidValue, match="no option 'sgeq'"):
        await xqute.push(["true"], sgeq="x")
    assert await xqute.run_until_complete() == []


async def test_jobs_run_to_their_end(make, commands):
    commands.put("qsub", RUNS)
    xqute = make(sge_q="all.q", sge_l=["a=1", "b=2"])
    for code in (0, 3):
        await xqute.push(["sh", "-c", f"exit {code}"])
    jobs = await xqute.run_until_complete()
    assert [job.rc for job in jobs] == [0, 3]
    (number,) = {job.uid.partition(".")[0] for job in jobs}
    assert [job.uid for job in jobs] == [f"{number}.1", f"{number}.2"]
    lines = jobs[0].script_file.read_text().splitlines()
    assert [line for line in lines if line.startswith("#$")] == [
        f"#$ -N {jobs[0].unique_name}", '#$ -S "/bin/sh"', "#$ -o /dev/null", "#$ -j y",
        "#$ -q all.q", "#$ -l a=1", "#$ -l b=2",
    ]  # fmt: skip
    assert len(commands.calls("qsub")) == 1
    assert not commands.calls("qdel")


async def test_after_a_failure_nothing_more_is_sent_for_now(make, commands):
    commands.put("qsub", f"[ -e $0.up ] || {{ echo Connection refused >&2; exit 1; }}\n{RUNS}")
    xqute = make()
    await xqute.push(["true"])
    await xqute.push(["true"], sge_q="other.q")
    while len(commands.calls("qsub")) < 2:  # noqa: ASYNC110  # another process makes them
        await asyncio.sleep(0.05)
    assert len({call[-1] for call in commands.calls("qsub")}) == 1, "the same one again"
    (commands.folder / "qsub.up").touch()
    jobs = await xqute.run_until_complete()
    assert [job.failure for job in jobs] == [None, None]


async def test_a_job_that_leaves_without_a_word_is_explained(make, commands):
    commands.put("qsub", "echo 9")
    commands.put(
        "qacct", f"echo {'=' * 40}\necho jobnumber 9\necho failed 37\necho exit_status 137"
    )
    xqute = make()
    job = await xqute.push(["true"])
    await xqute.run_until_complete()
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert "failed 37" in job.failure.detail
    assert commands.calls("qacct") == [["-j", "9"]]


@pytest.mark.parametrize("way", ["echo 'error: job id 9 not found' >&2; exit 1", "sleep 60"])
async def test_accounts_that_are_absent_hold_nothing_up(make, commands, way):
    commands.put("qsub", "echo 9")
    commands.put("qacct", way)
    xqute = make()
    xqute.scheduler.call_timeout = 2.5
    job = await xqute.push(["true"])
    await xqute.run_until_complete()
    assert job.failure.kind is FailureKind.NEVER_STARTED
    assert "does not have it" in job.failure.detail


def submitted(*uids):
    """Return jobs that have these ids."""
    jobs = [SgeJob(index, ("true",), "/jobs", options={}) for index in range(len(uids))]
    for job, uid in zip(jobs, uids, strict=True):
        job.attempt = job.attempt.with_uid(uid)
    return jobs


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('xq has registered the job 9 for deletion\ndenied: job "10" does not exist', 1),
        ("job 9 is already in deletion", 0),
        ("xq has deleted job-array tasks 2,3 of job 51", 0),
        ('job "44" task "1" does not exist', 1),
    ],
)
async def test_a_kill_that_was_heard(make, commands, said, code):
    commands.put("qdel", f"cat <<'END'\n{said}\nEND\nexit {code}")
    xqute = make()
    await xqute.scheduler.kill_jobs(submitted("9", "10.1", "10.2"))
    assert commands.calls("qdel") == [["9", "10.1-2"]]
    await xqute.run_until_complete()


@pytest.mark.parametrize(
    "said",
    [
        'unable to send message to qmaster using port 6444 on host "vm": got send error',
        'xq - you do not have the necessary privileges to delete the job "1"',
        "denied: host vm is not a submit host",
    ],
)
async def test_a_kill_that_was_not_heard_is_tried_again(make, commands, said):
    commands.put("qdel", f"echo '{said}'; exit 1")
    xqute = make()
    with pytest.raises(SchedulerUnavailable, match=said[:20]):
        await xqute.scheduler.kill_jobs(submitted("9"))
    await xqute.run_until_complete()


async def test_a_job_that_starts_in_spite_of_its_kill_does_not_run(make, commands, tmp_path):
    """Grid Engine has registered the job for deletion, but does not end it."""
    row = "<JB_job_number>9</JB_job_number><JB_name>x</JB_name><state>dr</state>"
    commands.put(
        "qsub",
        f"""
for script; do :; done
echo "$script" >{tmp_path}/script
echo 9""",
    )
    commands.put(
        "qstat",
        f"""
[ -e {tmp_path}/gone ] || row='<job_list>{row}</job_list>'
echo "<job_info>$row</job_info>"
""",
    )
    commands.put(
        "qdel",
        f"""
echo xq has registered the job 9 for deletion
JOB_ID=9 SGE_TASK_ID=undefined sh "$(cat {tmp_path}/script)" >&2
touch {tmp_path}/gone""",
    )
    xqute = make()
    job = await xqute.push(["touch", tmp_path / "ran"], sge_r="y")
    while job.status is not JobStatus.RUNNING:  # noqa: ASYNC110  # states set no event
        await asyncio.sleep(0.02)
    assert await job.kill()
    assert job.status is JobStatus.KILLED
    assert not (tmp_path / "ran").exists()
    await xqute.run_until_complete()


async def test_a_kill_ends_both_copies_of_a_job_that_was_submitted_twice(make, commands, tmp_path):
    """The first submission seemed to be lost, and arrives after the second one."""
    commands.put(
        "qsub",
        f"""
for script; do :; done
[ -e {tmp_path}/sent ] || {{ touch {tmp_path}/sent; exit 0; }}
JOB_ID=8 SGE_TASK_ID=undefined sh "$script" >/dev/null 2>&1 &
touch {tmp_path}/arrived
echo 9""",
    )
    first, second = [
        f"<job_list><JB_job_number>{number}</JB_job_number><JB_name>x</JB_name>"
        f"<state>{state}</state></job_list>"
        for number, state in ((8, "r"), (9, "qw"))
    ]
    commands.put(
        "qstat",
        f"""
[ ! -e {tmp_path}/arrived ] || rows='{first}{second}'
[ ! -e {tmp_path}/killed ] || rows=
echo "<job_info>$rows</job_info>"
""",
    )
    commands.put("qdel", f"touch {tmp_path}/killed")
    xqute = make()
    job = await xqute.push(["sh", "-c", f"until [ -e {tmp_path}/killed ]; do sleep 0.02; done"])
    while not job.has_started():  # noqa: ASYNC110  # another process writes that
        await asyncio.sleep(0.02)
    assert await job.kill()
    assert sorted(commands.calls("qdel")[0]) == ["8", "9"]
    assert (job.uid, job.status) == ("9", JobStatus.KILLED)
    await xqute.run_until_complete()
