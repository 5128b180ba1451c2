"""What to do when a job fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xqute._command import check_seconds
from xqute._errors import InvalidType, InvalidValue

#: `ignore` goes on, `retry` tries again, `halt` kills the rest.
STRATEGIES: Final = ("ignore", "retry", "halt")

# Seconds; a delay that has grown to this grows no more.
_LONGEST_DELAY = 300.0


@dataclass(frozen=True, slots=True)
class Strategy:
    """What to do when a job fails.

    Attributes:
        name: One of `STRATEGIES`.
        num_retries: How many more attempts a job gets under 'retry'.
        retry_delay: Seconds before the first of them; each later one waits twice as long.
    """

    name: str
    num_retries: int
    retry_delay: float

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InvalidValue: The name is unknown, or a number can't be used.
            InvalidType: The number of retries is no int, or the delay no number.
        """
        if self.name not in STRATEGIES:
            raise InvalidValue(
                f"job_error_strategy is one of 'ignore', 'retry' and 'halt', not {self.name!r}"
            )
        if isinstance(self.num_retries, bool) or not isinstance(self.num_retries, int):
            raise InvalidType(f"job_num_retries is an int, not {self.num_retries!r}")
        if self.num_retries < 0:
            raise InvalidValue(f"job_num_retries is 0 or more, not {self.num_retries}")
        check_seconds("job_retry_delay", self.retry_delay)

    def retries_left(self, trial_count: int) -> int:
        """Return how many more attempts a job may have after `trial_count` retries."""
        return max(0, self.num_retries - trial_count) if self.name == "retry" else 0

    def delay(self, trial_count: int) -> float:
        """Return the seconds to wait before another attempt after `trial_count` retries."""
        # A float has no room for 2.0**1024, and no delay grows that long.
        grown = self.retry_delay * 2.0 ** min(trial_count, 100)
        return min(grown, max(_LONGEST_DELAY, self.retry_delay))
