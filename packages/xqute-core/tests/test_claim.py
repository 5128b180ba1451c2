"""The claim of an attempt: what is in it, and who has it."""

import os

import pytest

from xqute import Claim
from xqute._claim import is_given_up, read_claim, take_claim


@pytest.fixture
def claim(tmp_path):
    return tmp_path / "job.claim.1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pid 12\n", Claim(pid=12)),
        ("pid 12\ncommand 14\n", Claim(pid=12, command_pid=14)),
        (
            "uid 7.1\npid 12 host node1 slots 4\n",
            Claim(uid="7.1", pid=12, host="node1", slots=4),
        ),
        ("uid 7.undefined\npid 12\n", Claim(uid="7.undefined", pid=12)),
        ("uid 7.1\n", Claim(uid="7.1")),
        ("pid 12 host\n", Claim(pid=12)),
        ("pid 12 host node1 slots\n", Claim(pid=12, host="node1")),
        ("pid \u00b2 slots -1\n", Claim()),
        ("pid 12345678901\n", Claim()),
        ("pid 12 host caf\u00e9\n", Claim(pid=12, host="caf\u00e9")),
    ],
)
def test_what_the_script_has_written(claim, text, expected):
    claim.write_text(text)
    assert read_claim(str(claim)) == expected


@pytest.mark.parametrize("text", [None, "", "\n", "pid 12", "again\n", "\0\n"])
def test_nothing_was_written_yet(claim, text):
    if text is not None:
        claim.write_text(text)
    assert read_claim(str(claim)) is None


def test_a_line_without_its_end_does_not_count(claim):
    claim.write_text("uid 7.1\npid 12")
    assert read_claim(str(claim)) == Claim(uid="7.1")


def test_of_a_job_that_was_run_again_the_latest_copy_counts(claim):
    text = "uid 7.1\npid 12 host node1 slots 4\ncommand 14\nagain\n"
    claim.write_text(text)
    assert read_claim(str(claim)) == Claim(uid="7.1")
    claim.write_text(f"{text}uid 7.1\npid 3 host node2 slots 2\n")
    assert read_claim(str(claim)) == Claim(uid="7.1", pid=3, host="node2", slots=2)


def test_bytes_that_are_no_text_are_replaced(claim):
    claim.write_bytes(b"pid 12 host \xff\n")
    assert read_claim(str(claim)) == Claim(pid=12, host="\ufffd")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_one_that_cannot_be_read_says_nothing(claim):
    claim.write_text("pid 12\n")
    claim.chmod(0)
    assert read_claim(str(claim)) is None


def test_a_folder_in_its_place_says_nothing(claim):
    claim.mkdir()
    assert read_claim(str(claim)) is None


def test_a_claim_that_the_controller_has_taken_is_given_up_and_says_nothing(claim):
    assert not is_given_up(str(claim))
    assert take_claim(str(claim))
    assert is_given_up(str(claim))
    assert read_claim(str(claim)) is None


def test_it_can_be_taken_twice(claim):
    assert take_claim(str(claim))
    assert take_claim(str(claim))


def test_the_claim_of_a_script_is_not_taken(claim):
    claim.touch()
    assert not take_claim(str(claim))
    assert not is_given_up(str(claim))


def test_without_the_folder_of_the_job_it_is_an_error(claim):
    with pytest.raises(FileNotFoundError):
        take_claim(str(claim.parent / "gone" / claim.name))
