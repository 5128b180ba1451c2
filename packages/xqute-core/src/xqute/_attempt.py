"""One attempt at a job, as the controller knows it.

An attempt is a value: each method returns the attempt as it is from then on, and nothing else in
core says how its fields change.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from xqute._failure import Failure, Usage

_NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})


class Attempt(NamedTuple):
    """One try at running a job.

    Attributes:
        trial_count: How many attempts there were before it.
        token: What tells it from every other attempt; empty before its script is written.
        uid: The scheduler's id of it, None before it is submitted.
        rc: The exit status of the command, None as long as there is none.
        failure: Why it failed, None when it did not.
        usage: What it has used, None where nobody knows.
        options: Options of the scheduler that replace those of the job, in the form that
            `Scheduler.check_option` returns.
        given_options: The same options as a retry policy gave them; this form is kept on disk.
        resumed: Whether a former run had begun it.
    """

    trial_count: int = 0
    token: str = ""
    uid: str | None = None
    rc: int | None = None
    failure: Failure | None = None
    usage: Usage | None = None
    options: Mapping[str, Any] = _NO_OPTIONS
    given_options: Mapping[str, Any] = _NO_OPTIONS
    resumed: bool = False

    def with_token(self, token: str) -> Attempt:
        """Its script is about to be written."""
        return self._replace(token=token)

    def with_uid(self, uid: str) -> Attempt:
        """The scheduler has it, and calls it by this id."""
        return self._replace(uid=uid)

    def with_usage(self, usage: Usage | None) -> Attempt:
        """It is over, and this is what it has used."""
        return self._replace(usage=usage)

    def ended(self, rc: int | None, failure: Failure | None) -> Attempt:
        """It is over, with this exit status and this failure."""
        return self._replace(rc=rc, failure=failure)

    def unsubmitted(self, *, keep_token: bool) -> Attempt:
        """The scheduler does not have it, so it is submitted anew.

        Args:
            keep_token: Submit the script that is on disk, so that of two copies only one runs.
        """
        return self._replace(uid=None, resumed=False, token=self.token if keep_token else "")

    def next(self, options: Mapping[str, Any], given_options: Mapping[str, Any]) -> Attempt:
        """Return the attempt that follows this one.

        It keeps the options that replaced those of the job in this attempt, but for those that are
        replaced again.
        """
        return Attempt(
            self.trial_count + 1,
            options={**self.options, **options} if options else self.options,
            given_options=(
                {**self.given_options, **given_options} if given_options else self.given_options
            ),
            resumed=self.resumed,
        )


#: An attempt of which nothing is known yet; every job begins with it.
FIRST_ATTEMPT: Final = Attempt()
