"""Reading the output of qstat. The texts were printed by Son of Grid Engine 8.1.9."""

import pytest

from xqute import QueueState, SchedulerUnavailable
from xqute.schedulers.sge import _qstat

XSD = "http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources/schemas/qstat/qstat.xsd"
EMPTY = f"""<?xml version='1.0'?>
<job_info  xmlns:xsd="{XSD}">
  <queue_info>
  </queue_info>
  <job_info>
  </job_info>
</job_info>
"""
LISTED = f"""<?xml version='1.0'?>
<job_info  xmlns:xsd="{XSD}">
  <queue_info>
    <job_list state="running">
      <JB_job_number>44</JB_job_number>
      <JAT_prio>0.50000</JAT_prio>
      <JB_name>arr &amp; more</JB_name>
      <JB_owner>xq</JB_owner>
      <state>r</state>
      <JAT_start_time>2026-11-22T17:23:10</JAT_start_time>
      <queue_name>all.q@vm</queue_name>
      <slots>1</slots>
      <tasks>1</tasks>
    </job_list>
    <job_list state="running">
      <JB_job_number>87</JB_job_number>
      <JAT_prio>0.50000</JAT_prio>
      <JB_name>a_very_long_job_name_indeed</JB_name>
      <JB_owner>xq</JB_owner>
      <state>dr</state>
      <JAT_start_time>2026-11-22T17:26:00</JAT_start_time>
      <queue_name>all.q@vm</queue_name>
      <slots>1</slots>
    </job_list>
  </queue_info>
  <job_info>
    <job_list state="pending">
      <JB_job_number>44</JB_job_number>
      <JAT_prio>0.00000</JAT_prio>
      <JB_name>arr &amp; more</JB_name>
      <JB_owner>xq</JB_owner>
      <state>qw</state>
      <JB_submission_time>2026-11-22T17:23:10</JB_submission_time>
      <queue_name></queue_name>
      <slots>1</slots>
      <tasks>4-6:1,9,11-15:2</tasks>
    </job_list>
  </job_info>
</job_info>
"""


def test_nothing_is_listed_where_there_is_nothing():
    assert _qstat.parse_listing(EMPTY).states == {}


def test_jobs_and_tasks_are_listed_with_their_states_and_names():
    listing = _qstat.parse_listing(LISTED)
    waiting = [f"44.{task}" for task in (4, 5, 6, 9, 11, 13, 15)]
    assert listing.states == {"44.1": "r", "87": "dr"} | dict.fromkeys(waiting, "qw")
    assert listing.names == {"44": "arr & more", "87": "a_very_long_job_name_indeed"}


@pytest.mark.parametrize("length", [0, 1, 30, 200, 700, len(LISTED) - 2])
def test_half_an_answer_is_none(length):
    with pytest.raises(SchedulerUnavailable):
        _qstat.parse_listing(LISTED[:length])


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?>\n<comunication_error >\n<AN>11</AN>\n</comunication_error>",
        "<?xml version='1.0'?>\n<unknown_jobs >\n<ST_name>9</ST_name>\n</unknown_jobs>",
        "job-ID  prior   name       user         state submit/start at     queue",
        LISTED.replace("<JB_job_number>44</JB_job_number>", ""),
        LISTED.replace("4-6:1", "4-x:1"),
        LISTED + "error: commlib error",
    ],
)
def test_another_answer_is_none(text):
    with pytest.raises(SchedulerUnavailable, match="no list of jobs"):
        _qstat.parse_listing(text)


def test_a_document_type_with_entities_is_refused():
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'
    with pytest.raises(SchedulerUnavailable, match="document type"):
        _qstat.parse_listing(EMPTY.replace("\n<job_info ", f"\n{bomb}<job_info "))


PENDING = "qw hqw w Rq hRwq hRq t Rt dt dRt dqw dhqw"
RUNNING = "r hr Rr s ts S tS T tT Rs Rts RS RtS RT RtT dr dRr ds dS dT dRs dRS dRT N P"
ERROR = "Eqw Ehqw EhRqw EhRwq ERqw"


@pytest.mark.parametrize("letters", PENDING.split())
def test_it_waits(letters):
    assert _qstat.queue_state(letters) is QueueState.PENDING
    assert not _qstat.is_in_error(letters)


@pytest.mark.parametrize("letters", RUNNING.split())
def test_it_has_started(letters):
    assert _qstat.queue_state(letters) is QueueState.RUNNING
    assert not _qstat.is_in_error(letters)


@pytest.mark.parametrize("letters", ERROR.split())
def test_it_is_in_error_and_not_gone(letters):
    assert _qstat.is_in_error(letters)
    assert _qstat.queue_state(letters) is QueueState.PENDING


@pytest.mark.parametrize("letters", [None, "z"])
def test_it_is_gone(letters):
    assert _qstat.queue_state(letters) is QueueState.GONE


def test_letters_that_nobody_knows_are_no_end():
    assert _qstat.queue_state("?") is QueueState.PENDING


REASONS = """\
==============================================================
job_number:                 64
cwd:                        /nonexist
job_type:                   binary
error reason          1:      11/22/2026 17:24:24 [1001:22265]: error: can't chdir to /nonexist: No such file or directory
==============================================================
job_number:                 47
job-array tasks:            1-3:1
usage         1:            cpu=00:00:00, mem=0.00000 GB s, io=0.00000 GB, vmem=N/A, maxvmem=N/A
error reason          2:      11/22/2026 17:23:20 [1001:21898]: error: can't open output file "/tmp/x/d2/out": No such file
==============================================================
job_number:                 48
scheduling info:            job dropped because of job dependencies
"""  # noqa: E501


def test_reasons_are_read_for_jobs_and_tasks():
    reasons = _qstat.parse_error_reasons(REASONS)
    assert reasons["64"].endswith("can't chdir to /nonexist: No such file or directory")
    assert "d2/out" in reasons["47.2"]
    assert not {"47.1", "48"} & reasons.keys()
