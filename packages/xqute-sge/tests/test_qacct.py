"""Reading the output of qacct. The texts were printed by Son of Grid Engine 8.1.9."""

import pytest

from xqute import FailureKind, Usage
from xqute.schedulers.sge import _qacct

LINE = "=" * 62


def printed(**fields):
    record = {
        "qname": "all.q", "hostname": "vm", "jobnumber": "57", "taskid": "undefined", "slots": "1",
        "failed": "0", "exit_status": "0", "ru_wallclock": "3s", "ru_maxrss": "4.305KB",
        "cpu": "0.004s", "maxvmem": "0.000B", "category": "NONE",
    } | fields  # fmt: skip
    return f"{LINE}\n" + "".join([f"{name:<13}{value:<20}\n" for name, value in record.items()])


def record(**fields):
    (only,) = _qacct.parse_records(printed(**fields)).values()
    return only


def kind(started=True, **fields):
    return _qacct.failure_of(record(**fields), started=started).kind


def test_records_are_found_by_job_and_by_task():
    text = printed(jobnumber="9") + printed(taskid="1") + printed(taskid="2", failed="26")
    records = _qacct.parse_records(text)
    assert set(records) == {"9", "57.1", "57.2"}
    assert records["57.2"]["failed"] == "26"


def test_the_last_record_counts():
    text = printed(failed="25  : rescheduling", exit_status="99") + printed(exit_status="3")
    assert _qacct.parse_records(text)["57"]["exit_status"] == "3"


@pytest.mark.parametrize("text", ["", "no jobs running since startup\n", "error: job id 49 not"])
def test_there_may_be_none(text):
    assert _qacct.parse_records(text) == {}


KILLED = "137                  (Killed)"


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        (FailureKind.WALLTIME, {"failed": "37  : qmaster enforced h_rt, h_cpu, or h_vmem limit"}),
        (FailureKind.SIGNAL, {"failed": "100 : assumedly after job", "exit_status": KILLED}),
        (FailureKind.SIGNAL, {"exit_status": "138                  (User defined signal 1)"}),
        (FailureKind.LOST, {"failed": "19  : before writing exit_status"}),
        (FailureKind.LOST, {"exit_status": "3"}),
        (FailureKind.LOST, {}),
    ],
)
def test_how_it_ended(expected, fields):
    assert kind(**fields) is expected


def test_the_proof_is_shown():
    killed = record(failed="100 : assumedly after job", exit_status=KILLED)
    shown = _qacct.failure_of(killed, started=True)
    assert "SIGKILL" in shown.detail
    assert "failed 100 : assumedly after job" in shown.detail
    assert "exit_status 137 (Killed)" in shown.detail
    assert "hostname vm" in shown.detail


def test_what_never_began_never_started():
    assert kind(started=False, failed="28  : changing into working directory") is (
        FailureKind.NEVER_STARTED
    )
    unwritable = _qacct.failure_of(record(exit_status="73"), started=False)
    assert unwritable.kind is FailureKind.NEVER_STARTED
    assert "can't write" in unwritable.detail


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        (FailureKind.OUT_OF_MEMORY, {"maxvmem": "201.000M"}),
        (FailureKind.OUT_OF_MEMORY, {"maxvmem": "1.000G", "exit_status": KILLED, "failed": "100"}),
        (FailureKind.WALLTIME, {"maxvmem": "199.000M"}),
        (FailureKind.WALLTIME, {"maxvmem": "201.000M", "category": "-l h_rt=2"}),
        (FailureKind.WALLTIME, {"maxvmem": "300.000M", "slots": "2"}),
        (FailureKind.LOST, {"maxvmem": "1.000G", "failed": "0", "exit_status": "1"}),
    ],
)
def test_out_of_memory_takes_evidence(expected, fields):
    assert kind(**({"failed": "37", "category": "-l h_rt=9,h_vmem=200M"} | fields)) is expected


def test_usage_is_in_plain_units():
    used = _qacct.usage_of(record(ru_maxrss="4.305KB", cpu="61.500s", ru_wallclock="3s", slots="4"))
    assert used == Usage(wall=3.0, cpu=61.5, peak_memory=4514120, host="vm", slots=4)


def test_usage_that_was_not_measured_is_none():
    used = _qacct.usage_of({"hostname": "vm"})
    assert used == Usage(host="vm")
