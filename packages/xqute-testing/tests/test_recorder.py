"""The recorder: what it records, and its message when that is not what was wanted."""

import pytest

from xqute import Xqute
from xqute_testing import Recorder
from xqute_testing.scripted import fails, killed

WHOLE = """
    run: init complete
    0: init queued submitted running succeeded
    1: init queued submitted running failed retrying | queued submitted running succeeded
    2: init queued submitted running killing killed
"""


@pytest.fixture
async def recorded(tmp_path, no_hook_plugins):
    recorder = Recorder()
    options = {"job_metadir": tmp_path, "plugins": [recorder], "job_error_strategy": "retry"}
    script = {1: [fails()], 2: killed()}
    async with Xqute("scripted", script=script, job_retry_delay=0, **options) as xqute:
        for _ in range(3):
            await xqute.push(["true"])
    return recorder, xqute.jobs


@pytest.mark.anyio
class TestARun:
    async def test_it_is_shown_with_a_line_for_each_job(self, recorded):
        recorder, _ = recorded
        assert str(recorder).split() == WHOLE.split()

    async def test_what_was_wanted_is_called(self, recorded):
        recorder, _ = recorded
        recorder.check(WHOLE)
        recorder.check("2: init queued submitted running killing killed")
        recorder.check("")

    async def test_parts_of_it(self, recorded):
        recorder, jobs = recorded
        assert recorder.run == ["init", "complete"]
        assert recorder.of(jobs[0]) == ["init", "queued", "submitted", "running", "succeeded"]
        assert [len(hooks) for hooks in recorder.attempts(jobs[1])] == [6, 4]
        assert recorder.jobs("killed") == [2]
        assert sorted(recorder.jobs("succeeded")) == [0, 1]
        assert (recorder.story[0], recorder.story[-1]) == ("init", "complete")
        assert [call.status.value for call in recorder.calls if call.index == 0][-1] == "FINISHED"
        recorder.clear()
        assert recorder.calls == []

    async def test_a_difference_shows_both_and_where_they_part(self, recorded):
        recorder, _ = recorded
        with pytest.raises(AssertionError) as raised:
            recorder.check("0: init queued running succeeded\n2: init\n7: init")
        assert str(raised.value).splitlines() == [
            "the hooks of job 0 are not those that were wanted:",
            "  wanted: init queued running succeeded",
            "  called: init queued submitted running succeeded",
            "                      ^",
            "the hooks of job 2 are not those that were wanted:",
            "  wanted: init",
            "  called: init queued submitted running killing killed",
            "               ^",
            "the hooks of job 7 are not those that were wanted:",
            "  wanted: init",
            "  called: ",
            "          ^",
        ]


@pytest.mark.parametrize("line", ["init queued", "job 0: init", "0: init\n0: init", ": init"])
def test_lines_that_make_no_sense(line):
    with pytest.raises(ValueError, match="not a line as"):
        Recorder().check(line)
