"""Each row of the table runs on the fake and on a real cell; both must answer as the table says."""

import difflib

import clusters
import pytest
import rows

TABLE = rows.table()
every_row = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)


def differences(cluster, row):
    """Run a row on a cluster, and return how the answers differ from those in the table."""
    expected = row.text([step.expected for step in row.steps])
    answered = row.text(cluster.run(row))
    names = "the table", cluster.name
    return "\n".join(
        difflib.unified_diff(expected.split("\n"), answered.split("\n"), *names, n=2, lineterm="")
    )


@every_row
def test_the_fake_answers_as_the_real_one_did(fake_cluster, row):
    if differing := differences(fake_cluster, row):
        pytest.fail(differing, pytrace=False)


@every_row
def test_the_real_one_still_answers_so(real_cluster, row):
    if differing := differences(real_cluster, row):
        pytest.fail(differing, pytrace=False)


def test_the_table_is_long_enough():
    assert len(TABLE) >= 60


def test_a_wait_in_vain_is_told_before_its_test_is_over(request):
    assert float(request.config.getini("timeout")) > clusters.LONGEST_WAIT


def test_no_row_waited_in_vain():
    told = [
        line for row in TABLE.values() for step in row.steps if step.waits for line in step.expected
    ]
    assert told == []


# --- the comparison finds planted differences ---

# A row, a command, and how a fake that lies answers to it: a filter for what it prints on standard
# output, or what is done after it.
LIES = {
    "another state": ("waiting: a held job in qstat", "qstat", "| sed 's/ hqw / qw  /'"),
    "a state in XML": ("waiting: a held job in qstat", "qstat", "| sed 's/>hqw</>qw</'"),
    "a column shifted": ("waiting: a held job in qstat", "qstat", "| sed '3,$s/^ //'"),
    "a space less at an end": ("waiting: a held job in qstat", "qstat", "| sed 's/ $//'"),
    "a dash less": ("waiting: a held job in qstat", "qstat", "| sed 's/^-//'"),
    "no header": ("waiting: a held job in qstat", "qstat", "| sed 1,2d"),
    "a header for nothing": ("unknown: nothing to show", "qstat", "; echo job-ID"),
    "another form of date": ("waiting: a held job in qstat", "qstat", "| sed 's#/#-#g'"),
    "an ISO date without its T": ("waiting: a held job in qstat", "qstat", "| sed 's/T/ /'"),
    "no priority": ("waiting: a held job in qstat", "qstat", "| sed 's/ 0[.]00000 / 0.0     /'"),
    "other tasks": ("waiting: a held array in qstat", "qstat", "| sed 's/1-9:1/1-8:1/'"),
    "tasks in another form": ("waiting: a held array in qstat", "qstat", "| sed 's/1-9:1/1-9/'"),
    "another number": ("submit: a command", "qdel", "| sed 's/job [0-9]*/job 1234/'"),
    "another job": (
        "unknown: qdel of known and unknown jobs",
        "qdel",
        "| sed 's/9999999/9999998/'",
    ),
    "another user": ("submit: a command", "qdel", "| sed 's/^[^ ]*/nobody/'"),
    "other words": ("submit: a command", "qsub", "| sed 's/has been submitted/was submitted/'"),
    "a line less": ("waiting: all of a user's jobs", "qdel", "| sed 1d"),
    "a line twice": ("submit: a command", "qdel", "| sed p"),
    "lines in another order": ("waiting: all of a user's jobs", "qdel", "| sort -r"),
    "no newline": ("submit: a command", "qsub", "| tr -d '\\n'"),
    "another stream": ("submit: a command", "qsub", ">&2"),
    "success instead of failure": ("unknown: qdel of unknown jobs", "qdel", "; exit 0"),
    "failure instead of success": ("submit: a command", "qsub", "; exit 1"),
    "another failure": ("refused: no such script", "qsub", "; exit 1"),
    "another reason": (
        "ends: out of time",
        "qacct",
        "| sed 's/^failed       37 /failed       100/'",
    ),
    "another exit status": (
        "ends: an exit status",
        "qacct",
        "| sed 's/^\\(exit_status *\\)3/\\14/'",
    ),
    "a time that is not known": (
        "ends: all that qacct has",
        "qacct",
        "| sed 's/^start_time.*/start_time   -/'",
    ),
    "usage in another unit": ("ends: all that qacct has", "qacct", "| sed '/^cpu/s/s$//'"),
    "usage in another column": (
        "ends: all that qacct has",
        "qacct",
        "| sed 's/^ru_minflt /ru_minflt/'",
    ),
    "another host": (
        "ends: all that qacct has",
        "qacct",
        "| sed 's/^\\(hostname *\\)[^ ]*/\\1else/'",
    ),
    "nothing at all": ("waiting: a held job in qstat", "qstat", ">/dev/null"),
}


@pytest.mark.parametrize(("title", "command", "lie"), LIES.values(), ids=LIES)
def test_a_planted_difference_is_seen(lying, title, command, lie):
    cluster = lying(command, lie)
    assert differences(cluster, TABLE[title])


def test_without_a_lie_there_is_no_difference(lying):
    cluster = lying("qstat", "")
    titles = {title for title, _, _ in LIES.values()}
    assert [title for title in titles if differences(cluster, TABLE[title])] == []


@pytest.fixture
def lying(fake_cluster, tmp_path):
    """Creates a fake cell in which one command is replaced."""

    def make(command, lie):
        folder = tmp_path / "bin"
        folder.mkdir()
        for real in (fake_cluster.engine.folder / "bin").iterdir():
            script = f'{real} "$@" {lie if real.name == command else ""}\n'
            keep = "set -o pipefail\n" if "|" in script else ""
            (folder / real.name).write_text(f"#!/bin/bash\n{keep}{script}")
            (folder / real.name).chmod(0o755)
        return fake_cluster.lying(str(folder))

    return make
