"""What is done when a job fails: the policies behind `job_error_strategy`."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from xqute._command import check_count, check_seconds, plain_str
from xqute._errors import InvalidType, InvalidValue
from xqute._failure import Failure, FailureKind
from xqute._job import Job

# Seconds; a delay that has grown to this grows no more.
_LONGEST_DELAY = 300.0
# These belong to what a job is; a retry runs the same job.
_FIXED = ("env", "cwd")


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt at a job.

    Attributes:
        delay: Seconds to wait before it.
        options: Options of the scheduler that replace those of the job, in this attempt and those
            after it. Each is what `Xqute.push` takes under that name, made of what JSON can hold:
            they are kept on disk, so that a controller that is started again knows them.
    """

    delay: float = 0.0
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InvalidType: The delay is no number, or the options are no mapping of what JSON holds.
            InvalidValue: The delay is negative or not finite, or an option can't be replaced.
        """
        object.__setattr__(self, "delay", check_seconds("the delay of a Retry", self.delay))
        if not isinstance(self.options, Mapping):
            raise InvalidType(f"the options of a Retry are a mapping, not {self.options!r}")
        try:
            json.dumps(dict(self.options))
        except (TypeError, ValueError) as error:
            raise InvalidType(
                f"the options of a Retry are kept on disk as JSON, which can't hold them: {error}"
            ) from error
        for name in _FIXED:
            if name in self.options:
                raise InvalidValue(
                    f"a Retry can't replace {name!r}: another attempt is the same job"
                )


class RetryPolicy(ABC):
    """Decides what is done when an attempt has failed; `job_error_strategy` takes one.

    Attributes:
        halts: Whether a job that fails for good ends the run: the other jobs are killed.
    """

    halts: bool = False

    @abstractmethod
    def decide(self, job: Job, failure: Failure) -> Retry | None:
        """Return how the job is tried again; None when it has failed for good.

        Called once for each attempt that failed, in the event loop, so it must not wait. An error
        that it raises is reported at the end of the run, and the job has failed for good.

        Args:
            job: The job; `trial_count`, `rc`, `usage` and `options` are those of this attempt.
            failure: Why the attempt failed.
        """


class Ignore(RetryPolicy):
    """The strategy 'ignore': the job has failed, and the others go on."""

    def decide(self, job: Job, failure: Failure) -> Retry | None:
        """Return None."""
        return None


class Halt(Ignore):
    """The strategy 'halt': the job has failed, and the others are killed."""

    halts = True


class RetryFailed(RetryPolicy):
    """The strategy 'retry': try again, later and later, for a number of times."""

    def __init__(self, num_retries: int, first_delay: float) -> None:
        """Check the numbers.

        Args:
            num_retries: How many more attempts a job gets.
            first_delay: Seconds before the first of them; each later one waits twice as long.

        Raises:
            InvalidType: The number of retries is no int, or the delay is no number.
            InvalidValue: One of them is negative or not finite.
        """
        self._num_retries = check_count("job_num_retries", num_retries, least=0)
        self._first_delay = check_seconds("job_retry_delay", first_delay)

    def decide(self, job: Job, failure: Failure) -> Retry | None:
        """Return a retry while the job has some left; a job that was refused gets none."""
        # A scheduler that has refused a job will refuse it again.
        if failure.kind is FailureKind.REJECTED or job.trial_count >= self._num_retries:
            return None
        return Retry(self._delay(job.trial_count))

    def _delay(self, trial_count: int) -> float:
        # A float has no room for 2.0**1024, and no delay grows that long.
        grown = self._first_delay * 2.0 ** min(trial_count, 100)
        return min(grown, max(_LONGEST_DELAY, self._first_delay))


def retry_policy(
    strategy: object,
    num_retries: int,
    first_delay: float,
) -> RetryPolicy:
    """Return the policy that a `job_error_strategy` stands for.

    Args:
        strategy: The name of one of the three strategies, or a policy.
        num_retries: How many more attempts a job gets under 'retry'.
        first_delay: Seconds before the first of them.

    Raises:
        InvalidType: An argument is of the wrong kind.
        InvalidValue: The name is unknown, or a number can't be used.
    """
    # Made in any case, so that numbers that can't be used are told whatever the strategy is.
    retry = RetryFailed(num_retries, first_delay)
    if isinstance(strategy, RetryPolicy):
        return strategy
    if isinstance(strategy, type) and issubclass(strategy, RetryPolicy):
        raise InvalidType(
            f"job_error_strategy is an object, not a class: give {strategy.__name__}(...)"
        )
    policies: dict[str, RetryPolicy] = {"ignore": Ignore(), "retry": retry, "halt": Halt()}
    policy = policies.get(plain_str(strategy)) if isinstance(strategy, str) else None
    if policy is None:
        raise InvalidValue(
            f"job_error_strategy is one of 'ignore', 'retry' and 'halt', or a RetryPolicy, "
            f"not {strategy!r}"
        )
    return policy
