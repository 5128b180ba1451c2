"""How long a scheduler may take to answer."""

import math
from types import SimpleNamespace

import anyio
import pytest

from xqute import SchedulerUnavailable
from xqute._call_limit import call_limit

pytestmark = pytest.mark.anyio


def scheduler(seconds):
    return SimpleNamespace(name="fake", call_timeout=seconds)


async def test_a_call_gets_a_second_more_for_each_job():
    before = anyio.current_time()
    with call_limit(scheduler(20.0), 5):
        deadline = anyio.current_effective_deadline()
    assert before + 25 <= deadline <= anyio.current_time() + 25


async def test_a_call_that_takes_too_long_has_no_answer():
    with (
        anyio.fail_after(5),
        pytest.raises(SchedulerUnavailable, match=r"'fake' gave no answer within 0\.01 s"),
        call_limit(scheduler(0.01), 0),
    ):
        await anyio.sleep_forever()


async def test_an_error_of_the_call_is_its_own():
    with pytest.raises(TimeoutError, match="mine"), call_limit(scheduler(20.0), 1):
        raise TimeoutError("mine")


async def test_a_scheduler_that_never_waits_has_no_limit():
    with call_limit(scheduler(math.inf), 1):
        assert anyio.current_effective_deadline() == math.inf
