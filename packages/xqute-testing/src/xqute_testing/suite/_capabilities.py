"""What a scheduler can do beyond the contract. Tests ask for these, never for its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a scheduler can do. A test is skipped if it needs more.

    The defaults fit a scheduler that has only the three abstract methods, uses the wrapped script
    of core, and runs commands of a system on this host.

    Attributes:
        accounting: It knows the usage of a job that died without a result.
        arrays: It submits jobs with equal options that are due together with one command.
        bulk: It queries or kills any number of jobs with one command.
        claims: The wrapped script takes a claim, so that a second copy of it does nothing.
        commands: It reaches its system by running commands, which may fail.
        detach: Jobs go on when the controller has died.
        newlines_in_paths: The path of the job metadir may contain a newline.
        parallel: The system can run three jobs at once.
        resources: The system refuses some options; `UnderTest.rejected` gives such options.
        same_host: Jobs run on this host, so that the tests can see their processes.
        timeouts: The wrapped script ends a command when its `timeout` is over.
        usage: It knows how long a job with a result has run.
    """

    accounting: bool = False
    arrays: bool = False
    bulk: bool = False
    claims: bool = True
    commands: bool = True
    detach: bool = True
    newlines_in_paths: bool = True
    parallel: bool = True
    resources: bool = False
    same_host: bool = True
    timeouts: bool = True
    usage: bool = True
