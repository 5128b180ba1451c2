"""The readers of text that others have written keep their promises; no fuzzer is needed."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from targets import TARGETS

MANY = b"9" * 5000
ROW = (
    b"<job_info><job_list><JB_job_number>7</JB_job_number><JB_name>a</JB_name>"
    b"<state>r</state><tasks>%s</tasks></job_list></job_info>"
)
RECORD = b"====\njobnumber 7\n%s\n"

#: Inputs that once made a reader raise, hang or use up memory.
FINDINGS = [
    ("qstat", ROW % b"1-99999999999:1"),
    ("qstat", ROW % b",".join([b"1-1999999"] * 99)),
    ("qstat", ROW % MANY),
    ("qstat", ROW % b"1-5:0"),
    ("qacct", RECORD % b"exit_status %s" % MANY),
    ("qacct", RECORD % b"ru_maxrss %sTB" % MANY),
    ("qacct", RECORD % b"slots %s" % MANY),
    ("qsub", b"\x81\xff\xffno job with more than %s tasks" % MANY),
    ("tasks", b"# 1: job %s, attempt 1a\n" % MANY),
    ("tasks", b"\xffuid 1.1\npid 1 slots %s\n" % MANY),
]


@pytest.mark.parametrize(("name", "text"), FINDINGS)
def test_what_was_found_once(name, text):
    TARGETS[name].read(text)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_at_all(name):
    TARGETS[name].read(b"")


@st.composite
def mutated(draw, seeds):
    """An accepted text with a part that is replaced by rubbish, or repeated."""
    text = draw(st.sampled_from(seeds))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    middle = draw(st.binary(max_size=20)) if draw(st.booleans()) else text[start:end] * 3
    return text[:start] + middle + text[end:]


@pytest.mark.parametrize("name", TARGETS)
def test_almost_right(name):
    @given(mutated(TARGETS[name].seeds))
    def read(text):
        TARGETS[name].read(text)

    read()
