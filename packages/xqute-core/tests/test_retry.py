"""What is done when a job fails: the three strategies, and a policy of the user's own."""

import json
import re

import pytest

from xqute import (
    Failure,
    FailureKind,
    InvalidType,
    InvalidValue,
    JobStatus,
    Retry,
    RetryPolicy,
)
from xqute._retry import retry_policy

S = JobStatus
EXIT = Failure(FailureKind.EXIT, "exit status 1")
REJECTED = Failure(FailureKind.REJECTED, "no such queue")


class Tried:
    """As much of a job as the strategies look at."""

    def __init__(self, trial_count):
        self.trial_count = trial_count


def delays(policy, *trial_counts):
    return [policy.decide(Tried(count), EXIT).delay for count in trial_counts]


class TestTheThreeStrategies:
    @pytest.mark.parametrize("name", ["ignore", "halt"])
    def test_only_retry_tries_again(self, name):
        assert retry_policy(name, 3, 0.5).decide(Tried(0), EXIT) is None

    def test_retries_run_out(self):
        policy = retry_policy("retry", 2, 0)
        decided = [policy.decide(Tried(count), EXIT) for count in range(4)]
        assert decided == [Retry(), Retry(), None, None]

    def test_no_retries_may_be_left(self):
        assert retry_policy("retry", 0, 0).decide(Tried(0), EXIT) is None

    def test_what_was_rejected_is_not_tried_again(self):
        assert retry_policy("retry", 2, 0).decide(Tried(0), REJECTED) is None

    def test_only_halt_ends_the_run(self):
        halting = {name: retry_policy(name, 3, 0).halts for name in ("ignore", "retry", "halt")}
        assert halting == {"ignore": False, "retry": False, "halt": True}

    def test_the_delay_grows_and_is_bounded(self):
        policy = retry_policy("retry", 99, 0.5)
        assert delays(policy, 0, 1, 2, 3, 50) == [0.5, 1.0, 2.0, 4.0, 300.0]
        assert delays(retry_policy("retry", 99, 1000.0), 3) == [1000.0]

    def test_a_delay_of_zero_stays_zero(self):
        assert delays(retry_policy("retry", 9, 0), 5) == [0]

    def test_a_thousand_retries_are_no_trouble(self):
        assert delays(retry_policy("retry", 9999, 0.5), 5000) == [300.0]

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (("again", 3, 0.5), InvalidValue),
            ((None, 3, 0.5), InvalidValue),
            ((int, 3, 0.5), InvalidValue),
            ((["retry"], 3, 0.5), InvalidValue),
            (("retry", -1, 0.5), InvalidValue),
            (("retry", True, 0.5), InvalidType),
            (("retry", 1.5, 0.5), InvalidType),
            (("retry", 1, -0.5), InvalidValue),
            (("retry", 1, float("nan")), InvalidValue),
            (("retry", 1, "soon"), InvalidType),
        ],
    )
    def test_bad_values(self, arguments, error):
        with pytest.raises(error):
            retry_policy(*arguments)

    def test_the_error_names_the_three(self):
        with pytest.raises(ValueError, match="'ignore', 'retry' and 'halt'"):
            retry_policy("again", 3, 0.5)


class TestARetry:
    @pytest.mark.parametrize(
        ("arguments", "error", "says"),
        [
            ({"delay": -1}, InvalidValue, "delay of a Retry"),
            ({"delay": "soon"}, InvalidType, "delay of a Retry"),
            ({"options": ["a"]}, InvalidType, "must be a mapping"),
            ({"options": {"env": {"A": "1"}}}, InvalidValue, "can't replace 'env'"),
            ({"options": {"cwd": "/"}}, InvalidValue, "can't replace 'cwd'"),
            ({"options": {"sge_q": object()}}, InvalidType, "JSON"),
        ],
    )
    def test_what_can_not_be_is_told_at_once(self, arguments, error, says):
        with pytest.raises(error, match=says):
            Retry(**arguments)


class Colours(RetryPolicy):
    """Tries each colour in turn."""

    def __init__(self, *colours, delay=0.0, halts=False):
        self.colours = colours
        self.delay = delay
        self.halts = halts
        self.seen = []

    def decide(self, job, failure):
        self.seen.append((job.trial_count, job.rc, failure.kind, job.options.get("queue")))
        if job.trial_count < len(self.colours):
            return Retry(self.delay, {"queue": self.colours[job.trial_count]})
        return None


@pytest.mark.anyio
class TestAPolicyOfTheUsersOwn:
    async def test_it_decides_and_replaces_options(self, make, fake):
        policy = Colours("green", "blue")
        async with make(job_error_strategy=policy) as xqute:
            job = await xqute.push(["exit", "3"], queue="red")
        assert policy.seen == [
            (0, 3, FailureKind.EXIT, "red"),
            (1, 3, FailureKind.EXIT, "green"),
            (2, 3, FailureKind.EXIT, "blue"),
        ]
        assert (job.status, job.rc, job.trial_count) == (S.FAILED, 3, 2)
        assert job.option(xqute.scheduler, "queue") == "blue"

    async def test_an_option_that_was_replaced_stays_so(self, make, fake):
        class Once(RetryPolicy):
            def decide(self, job, failure):
                if job.trial_count == 0:
                    return Retry(options={"queue": "green"})
                return Retry() if job.trial_count == 1 else None

        async with make(job_error_strategy=Once()) as xqute:
            job = await xqute.push(["exit", "3"])
        assert (job.trial_count, dict(job.options)) == (2, {"queue": "green"})

    async def test_a_second_attempt_does_not_show_the_end_of_the_first(self, make, until, fake):
        async with make(job_error_strategy=Colours("green", delay=0.0)) as xqute:
            job = await xqute.push(["run"])
            await until(lambda: job.status is S.RUNNING)
            xqute.scheduler.end(job, 4)
            await until(lambda: job.status is S.RUNNING and job.trial_count == 1)
            assert (job.rc, job.failure, job.usage) == (None, None, None)
            xqute.scheduler.end(job, 0)
        assert (job.status, job.rc, job.failure) == (S.FINISHED, 0, None)

    async def test_the_options_are_in_the_intent(self, make, fake):
        async with make(job_error_strategy=Colours("a=b c\n", "")) as xqute:
            job = await xqute.push(["exit", "3"])
        told = [path.read_text() for path in sorted(job.retry_dir.glob("*/job.wrapped.*"))]
        told.append(job.script_file.read_text())
        found = [re.search(r" options=(.*)\n\Z", text) for text in told]
        options = [json.loads(one[1]) if one else None for one in found]
        assert options == [None, {"queue": "a=b c\n"}, {"queue": ""}]

    @pytest.mark.parametrize("colour", ["green", "long" * 5000])
    async def test_a_crash_of_the_controller_keeps_them(self, make, until, leave, fake, colour):
        first = make(job_error_strategy=Colours(colour, "blue"))
        job = await first.push(["run"])
        await until(lambda: job.status is S.RUNNING)
        first.scheduler.end(job, 4)
        await until(lambda: job.status is S.RUNNING and job.trial_count == 1)
        await leave(first)
        policy = Colours(colour, "blue")
        async with make(job_error_strategy=policy) as xqute:
            job = await xqute.push(["run"])
            await until(lambda: job.status is S.RUNNING)
            assert (job.trial_count, dict(job.options)) == (1, {"queue": colour})
            xqute.scheduler.end(job, 5)
            await until(lambda: job.status is S.RUNNING and job.trial_count == 2)
            xqute.scheduler.end(job, 0)
        assert policy.seen == [(1, 5, FailureKind.EXIT, colour)]
        assert dict(job.options) == {"queue": "blue"}

    async def test_one_that_halts_ends_the_run(self, make, fake):
        xqute = make(job_error_strategy=Colours("green", halts=True))
        failing = await xqute.push(["exit", "3"])
        waiting = await xqute.push(["run"])
        with pytest.raises(Exception, match="the strategy is 'halt'") as raised:
            await xqute.run_until_complete()
        assert raised.value.job is failing
        assert failing.trial_count == 1
        assert waiting.status in (S.KILLED, S.CANCELLED)

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda: 1 / 0,
            lambda: "again",
            lambda: Retry(options={"color": "green"}),
            lambda: Retry(-1),
        ],
        ids=["raises", "is no Retry", "has an unknown option", "has a delay that can't be"],
    )
    async def test_one_that_fails_is_told_at_the_end(self, make, fake, caplog, wrong):
        class Wrong(RetryPolicy):
            def decide(self, job, failure):
                return wrong()

        xqute = make(job_error_strategy=Wrong())
        failed = await xqute.push(["exit", "3"])
        good = await xqute.push(["exit", "0"])
        with pytest.raises(ExceptionGroup) as raised:
            await xqute.run_until_complete()
        assert [failed.status, good.status] == [S.FAILED, S.FINISHED]
        assert failed.failure.kind is FailureKind.EXIT
        (error,) = raised.value.exceptions
        assert "retry policy was asked" in error.__notes__[0]
        assert "the retry policy failed" in caplog.text

    async def test_a_class_in_place_of_an_object(self, make):
        with pytest.raises(InvalidType, match=r"give Colours\(\.\.\.\)"):
            make(job_error_strategy=Colours)
