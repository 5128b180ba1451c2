"""What a scheduler can do besides what all must: tests ask for these, never for a name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a scheduler can do. A test that needs more than there is gets skipped.

    The defaults are those of a scheduler with the three methods, core's script and commands that
    it runs, on a system that is on this host.

    Attributes:
        accounting: Of a job that died without a word it is known what it has used.
        arrays: Jobs of equal options that are due together need one command, not one for each.
        bulk: One command asks for, or kills, any number of jobs.
        claims: The script takes a claim, so that a second copy of it does nothing.
        commands: It talks to its system by commands that it runs, which may fail.
        detach: Jobs go on when the controller is dead.
        newlines_in_paths: The folder of jobs may have a newline in its path.
        parallel: The system has room for three jobs at once.
        resources: There are options that the system refuses; `UnderTest.rejected` has some.
        same_host: Jobs run on this host, so that their processes can be seen from here.
        timeouts: The script ends a command whose `timeout` is over.
        usage: Of a job with a result it is known how long it ran.
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
