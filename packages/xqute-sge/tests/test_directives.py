"""The directives that `sge_*` options become, and the values that are refused."""

import enum
from pathlib import Path

import pytest

from xqute import InvalidType, InvalidValue
from xqute.schedulers.sge import _directives


class Site(str, enum.Enum):  # noqa: UP042  # a StrEnum is its value in `str` already
    QUEUE = "all.q"
    CHECK = "v"


class Priority(int, enum.Enum):
    LOW = -5


def test_numbers_and_texts_of_numpy():
    numpy = pytest.importorskip("numpy")
    assert _directives.make_directives("sge_p", numpy.int64(-5)) == ("-p -5",)
    assert _directives.make_directives("sge_q", numpy.str_("all.q")) == ("-q all.q",)


def test_a_subclass_of_str_is_refused_as_its_string_is():
    with pytest.raises(InvalidValue, match="sge_w"):
        _directives.make_directives("sge_w", Site.CHECK)


@pytest.mark.parametrize(
    ("name", "value", "directives"),
    [
        ("sge_q", "1-day", ("-q 1-day",)),
        ("sge_l", ["h_vmem=2G", "gpu=1"], ("-l h_vmem=2G", "-l gpu=1")),
        ("sge_l", ("h=n1|n2",), ("-l h=n1|n2",)),
        ("sge_pe", "smp  4", ("-pe smp 4",)),
        ("sge_pe", "smp -8", ("-pe smp -8",)),
        ("sge_p", -5, ("-p -5",)),
        ("sge_js", 1.5, ("-js 1.5",)),
        ("sge_notify", True, ("-notify",)),
        ("sge_notify", False, ()),
        ("sge_notify", None, ()),
        ("sge_N", None, ()),
        ("sge_hold_jid", 17, ("-hold_jid 17",)),
        ("sge_jsv", Path("/a/b"), ("-jsv /a/b",)),
        ("sge_w", "e", ("-w e",)),
        ("sge_q", Site.QUEUE, ("-q all.q",)),
        ("sge_q", [Site.QUEUE, "b.q"], ("-q all.q", "-q b.q")),
        ("sge_p", Priority.LOW, ("-p -5",)),
        ("sge_l", [], ()),
    ],
)
def test_values_become_directives(name, value, directives):
    assert _directives.make_directives(name, value) == directives


@pytest.mark.parametrize(
    "value",
    [
        "all.q\n#$ -N other",
        "all.q\0",
        "all.q\r",
        "all.q\x0b",
        "all.q # -p",
        "all.q -p 5",
        "-p",
        "a -",
        "'all.q'",
        'all.q"',
        "",
        " ",
        ["all.q", ""],
        ["all.q", "x\n"],
        Path("a\nb"),
    ],
)
def test_no_value_can_become_a_second_directive(value):
    with pytest.raises(InvalidValue, match="sge_q"):
        _directives.make_directives("sge_q", value)


@pytest.mark.parametrize("value", [object(), b"all.q", {"a": 1}, [True], [None], [["a"]], {1}])
def test_values_of_other_kinds_are_refused(value):
    with pytest.raises(InvalidType, match="sge_q"):
        _directives.make_directives("sge_q", value)


@pytest.mark.parametrize(
    ("option", "instead"),
    [
        ("N", "name="), ("o", "stdout_file"), ("e", "stderr_file"), ("t", "array"),
        ("S", "shell="), ("cwd", "cwd="), ("wd", "cwd="), ("terse", "ids"), ("sync", "waits"),
        ("tc", "scheduler_forks"), ("j", "stdout_file"), ("now", "waits"), ("C", "directives"),
    ],
)  # fmt: skip
def test_what_xqute_sets_itself_is_refused_with_the_reason(option, instead):
    with pytest.raises(InvalidValue, match=rf"sge_{option} can't be used.*{instead}"):
        _directives.make_directives(f"sge_{option}", "x")


@pytest.mark.parametrize("value", ["v", "p"])
def test_verifying_alone_is_refused(value):
    with pytest.raises(InvalidValue, match="sge_w"):
        _directives.make_directives("sge_w", value)


@pytest.mark.parametrize("name", ["sge_", "sge_@", "sge_-q", "sge_q x", "sge_q\n", "sge_ü"])
def test_names_that_are_no_option_are_refused(name):
    with pytest.raises(InvalidValue, match="no option"):
        _directives.make_directives(name, "x")


@pytest.mark.parametrize("path", ["/a:b/sh", "/a,b/sh", "/a#b/sh", '/a"b/sh'])
def test_a_shell_that_qsub_would_read_as_something_else_is_refused(path):
    with pytest.raises(InvalidValue, match="shell"):
        _directives.check_shell(path)
