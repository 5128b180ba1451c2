"""What happens when an attempt fails: `RetryPolicy`, and the strategies that are built in."""

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

# Seconds. The delay between attempts does not grow beyond this.
_LONGEST_DELAY = 300.0
# A retry can't replace these options: they are part of the job's identity.
_FIXED = ("env", "cwd")


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt at a job.

    Attributes:
        delay: Seconds to wait before the attempt.
        options: Options of the scheduler that replace those of the job, in this attempt and all
            later ones. `Xqute.push` must accept each of them. They are kept on disk as JSON, so
            that they outlive a crash of the controller.
    """

    delay: float = 0.0
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InvalidType: The delay is not a number, the options are not a mapping, or JSON can't
                hold them.
            InvalidValue: The delay is negative or not finite, or the options contain `env` or
                `cwd`.
        """
        object.__setattr__(self, "delay", check_seconds("the delay of a Retry", self.delay))
        if not isinstance(self.options, Mapping):
            raise InvalidType(f"the options of a Retry must be a mapping, not {self.options!r}")
        try:
            json.dumps(dict(self.options))
        except (TypeError, ValueError) as error:
            raise InvalidType(
                f"the options of a Retry are kept on disk as JSON, which can't hold them: {error}"
            ) from error
        for name in _FIXED:
            if name in self.options:
                raise InvalidValue(
                    f"a Retry can't replace {name!r}: it is part of the job's identity"
                )


class RetryPolicy(ABC):
    """Decides what happens when an attempt has failed. `job_error_strategy` takes such an object.

    Attributes:
        halts: Whether a job that is not retried halts the run. Then the other jobs are killed.
    """

    halts: bool = False

    @abstractmethod
    def decide(self, job: Job, failure: Failure) -> Retry | None:
        """Decide whether a job is retried, and how.

        Called in the event loop, once for each attempt that has failed. It must not block. If it
        raises an exception, the job is not retried, and the exception is raised again at the end
        of the run.

        Args:
            job: The job. Its `trial_count`, `rc`, `usage` and `options` are those of the attempt
                that has failed.
            failure: Why the attempt failed.

        Returns:
            The next attempt, or None if the job is not retried.
        """


class Ignore(RetryPolicy):
    """The strategy 'ignore': a job that fails is not retried, and the other jobs go on."""

    def decide(self, job: Job, failure: Failure) -> Retry | None:
        """Return None: the job is not retried."""
        return None


class Halt(Ignore):
    """The strategy 'halt': a job that fails is not retried, and the other jobs are killed."""

    halts = True


class RetryFailed(RetryPolicy):
    """The strategy 'retry': retry a job a number of times, after delays that grow."""

    def __init__(self, num_retries: int, first_delay: float) -> None:
        """Check the numbers.

        Args:
            num_retries: How many more attempts a job gets.
            first_delay: Seconds before the first retry. Each later delay is twice as long.

        Raises:
            InvalidType: The number of retries is not an int, or the delay is not a number.
            InvalidValue: One of them is negative or not finite.
        """
        self._num_retries = check_count("job_num_retries", num_retries, least=0)
        self._first_delay = check_seconds("job_retry_delay", first_delay)

    def decide(self, job: Job, failure: Failure) -> Retry | None:
        """Return a retry while the job has some left. A job that was refused gets none."""
        # A scheduler that has refused a job would refuse it again.
        if failure.kind is FailureKind.REJECTED or job.trial_count >= self._num_retries:
            return None
        return Retry(self._delay(job.trial_count))

    def _delay(self, trial_count: int) -> float:
        # 2.0**1024 would overflow. The exponent is limited far above the longest delay.
        grown = self._first_delay * 2.0 ** min(trial_count, 100)
        return min(grown, max(_LONGEST_DELAY, self._first_delay))


def retry_policy(
    strategy: object,
    num_retries: int,
    first_delay: float,
) -> RetryPolicy:
    """Return the policy for a `job_error_strategy`.

    Args:
        strategy: The name of one of the three strategies, or a policy object.
        num_retries: How many more attempts a job gets under 'retry'.
        first_delay: Seconds before the first retry.

    Raises:
        InvalidType: An argument has the wrong type.
        InvalidValue: The name is unknown, or a number is out of range.
    """
    # It is created under any strategy, so that wrong numbers are always reported.
    retry = RetryFailed(num_retries, first_delay)
    if isinstance(strategy, RetryPolicy):
        return strategy
    if isinstance(strategy, type) and issubclass(strategy, RetryPolicy):
        raise InvalidType(
            f"job_error_strategy must be an object, not a class: give {strategy.__name__}(...)"
        )
    policies: dict[str, RetryPolicy] = {"ignore": Ignore(), "retry": retry, "halt": Halt()}
    policy = policies.get(plain_str(strategy)) if isinstance(strategy, str) else None
    if policy is None:
        raise InvalidValue(
            f"job_error_strategy must be one of 'ignore', 'retry' and 'halt', or a RetryPolicy, "
            f"not {strategy!r}"
        )
    return policy
