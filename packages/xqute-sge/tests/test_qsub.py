"""Reading the output of qsub. The texts were printed by Son of Grid Engine 8.1.9."""

import pytest

from xqute import SubmitDoubtful, SubmitFailed, SubmitRejected
from xqute.schedulers.sge import _qsub
from xqute.schedulers.sge._commands import CommandResult

SENT = 'unable to send message to qmaster using port 6444 on host "vm": '


def refused(reason):
    return f"Unable to run job: {reason}\nExiting.\n"


@pytest.mark.parametrize(
    ("stdout", "number"),
    [
        ("33\n", "33"),
        ("43.1-3:1\n", "43"),
        ("warning: no suitable queues\n17\n", "17"),
        ('Your job 34 ("STDIN") has been submitted\n', "34"),
        ('Your job-array 20.1-5:1 ("true") has been submitted\n', "20"),
    ],
)
def test_an_id_is_read(stdout, number):
    assert _qsub.parse_outcome(CommandResult(0, stdout, "")) == number


@pytest.mark.parametrize(
    ("code", "stderr"),
    [
        (1, refused('unknown resource "nosuch"')),
        (1, refused('attribute "h_rt" is not a time value')),
        (1, refused('Job was rejected because job requests unknown queue "nosuch.q"')),
        (1, refused('job rejected: the requested parallel environment "x" does not exist')),
        (1, refused('job rejected: the requested project "nosuchproject" does not exist')),
        (1, refused("job rejected: positive submission priority requires operator privileges")),
        (1, refused("job rejected: your user id 0 is lower than minimum user id 1000 of cluster")),
        (1, refused('denied: host "vm" is not a submit host')),
        (1, refused("error: no suitable queues")),
        (7, 'qsub: invalid option argument "-r maybe"\n'),
        (2, 'qsub: invalid option argument "-nosuchopt"\n'),
        (2, "qsub: Unknown option \n"),
        (14, "Unable to read script file because of error: error opening x: No such file\n"),
    ],
)
def test_a_refusal_is_one_and_its_text_is_shown(code, stderr):
    outcome = _qsub.parse_outcome(CommandResult(code, "", stderr))
    assert isinstance(outcome, SubmitRejected)
    assert stderr.split("\n")[0].split(":")[-1].strip() in str(outcome)
    assert "Exiting" not in str(outcome)


@pytest.mark.parametrize(
    ("code", "stderr"),
    [
        (25, refused("job rejected: only 1 jobs are allowed per user (current job count: 1)")),
        (1, refused("job rejected: only 9 jobs are allowed per cluster (current job count: 9)")),
        (
            1,
            "error: commlib error: got select error (Connection refused)\n"
            + refused(f"{SENT}got send error"),
        ),
        (
            1,
            "\nUnable to initialize environment because of error: no cell directory\nExiting.\n",
        ),
    ],
)
def test_what_passes_is_tried_again(code, stderr):
    assert isinstance(_qsub.parse_outcome(CommandResult(code, "", stderr)), SubmitFailed)


@pytest.mark.parametrize(
    ("code", "stdout", "stderr"),
    [
        (1, "", refused(f"{SENT}got send timeout")),
        (1, "", refused(f"{SENT}got send error")),
        (1, "", refused("failed receiving gdi request response for mid=1 (got syncron message …")),
        (0, "", ""),
        (0, "submitted, I think\n", ""),
        (1, "", ""),
        (1, "", "Segmentation fault\n"),
        (-9, "", ""),
        (-9, "17\n", ""),
        (1, "17\n", "Your qsub request could not be scheduled; try again later.\n"),
    ],
)
def test_what_nobody_can_tell_is_in_doubt(code, stdout, stderr):
    assert isinstance(_qsub.parse_outcome(CommandResult(code, stdout, stderr)), SubmitDoubtful)


def test_the_limit_of_an_array_is_read():
    text = refused("job rejected: you tried to submit a job with more than 75000 tasks")
    assert _qsub.parse_outcome(CommandResult(1, "", text)) == _qsub.TaskLimit(75000)
