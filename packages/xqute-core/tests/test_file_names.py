"""The wrapped script writes the files by the names that the readers know."""

import re

from xqute import _file_names
from xqute._script import ScriptParts, render


def test_the_script_uses_these_names():
    text = render(
        ScriptParts("/bin/sh", "title", "name", "/0", "/0/claim", ("true",), None, "/", None, 5.0)
    )
    assert set(re.findall(r"\bjob\.\w+", text)) == set(_file_names.LEFT_BY_ATTEMPT)


def test_each_attempt_has_a_claim_of_its_own():
    assert _file_names.claim_path("/0", "0a") == "/0/job.claim.0a"


def test_each_scheduler_has_a_script_of_its_own():
    assert _file_names.script_name("local") == "job.wrapped.local"
