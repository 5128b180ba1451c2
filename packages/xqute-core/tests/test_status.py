"""The states of a job, and the moves between them."""

from xqute import JobStatus
from xqute._status import MOVES, TERMINAL

S = JobStatus


def test_terminal_states_have_no_way_out_but_a_retry():
    assert {status for status in S if status.terminal} == TERMINAL
    assert {status for status in TERMINAL if MOVES[status]} == {S.FAILED}
    assert MOVES.keys() == set(S)
