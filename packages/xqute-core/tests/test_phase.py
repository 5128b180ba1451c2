"""The phases of a run, which it goes through once."""

import pytest

from xqute._phase import Phase, RunState


def test_it_begins_with_the_first():
    state = RunState()
    assert (state.phase, state.signal, state.halted) == (Phase.NEW, None, None)


def test_it_never_goes_back():
    state = RunState()
    state.advance(Phase.STOPPING)
    state.advance(Phase.RUNNING)
    assert state.phase is Phase.STOPPING


def test_they_are_in_the_order_in_which_a_run_comes_to_them():
    names = "NEW STARTING RUNNING HALTING STOPPING COMPLETING OVER CLOSING ENDED"
    assert [phase.name for phase in sorted(Phase)] == names.split()


@pytest.mark.parametrize("phase", Phase, ids=lambda phase: phase.name)
def test_when_nothing_more_is_done_for_a_job(phase):
    state = RunState()
    state.advance(phase)
    assert state.over is (phase in (Phase.OVER, Phase.CLOSING, Phase.ENDED))
