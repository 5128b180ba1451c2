"""One attempt at a job, as the controller knows it.

An attempt is immutable: each method returns a new one. No other code in core changes its fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from xqute._failure import Failure, Usage

_NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})


class Attempt(NamedTuple):
    """One try at a job.

    Attributes:
        trial_count: The number of attempts before it.
        token: Its random name, which no other attempt has; empty before its script is written.
        uid: The scheduler's id; None before it is submitted.
        rc: The exit status of the command; None while there is none.
        failure: Why it failed; None if it has not failed.
        usage: What it has used; None if that is not known.
        options: Options of the scheduler that replace those of the job, in the form that
            `Scheduler.check_option` returns.
        given_options: The same options in the form in which a retry policy gave them. This form is
            kept on disk.
        resumed: Whether the job was taken up from a former run, or collected.
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
        """Return the attempt with its token, before its script is written."""
        return self._replace(token=token)

    def with_uid(self, uid: str) -> Attempt:
        """Return the attempt with the id that the scheduler has given to it."""
        return self._replace(uid=uid)

    def with_usage(self, usage: Usage | None) -> Attempt:
        """Return the attempt with what it has used."""
        return self._replace(usage=usage)

    def ended(self, rc: int | None, failure: Failure | None) -> Attempt:
        """Return the attempt with its exit status and its failure."""
        return self._replace(rc=rc, failure=failure)

    def unsubmitted(self, *, keep_token: bool) -> Attempt:
        """Return the attempt as one that is to be submitted again.

        Args:
            keep_token: Whether to submit the same script again. Then only one of two copies can run
                the command, since they share a claim.
        """
        return self._replace(uid=None, resumed=False, token=self.token if keep_token else "")

    def next(self, options: Mapping[str, Any], given_options: Mapping[str, Any]) -> Attempt:
        """Return the attempt that follows this one.

        The options of earlier retries stay in effect, unless `options` replaces them.
        """
        return Attempt(
            self.trial_count + 1,
            options={**self.options, **options} if options else self.options,
            given_options=(
                {**self.given_options, **given_options} if given_options else self.given_options
            ),
            resumed=self.resumed,
        )


#: The first attempt of each job, before anything is known about it.
FIRST_ATTEMPT: Final = Attempt()
