"""The scheduler `scripted`: it runs no processes; jobs end as a test says, at once and in order.

It is for tests of hook plugins. A script gives the outcomes of jobs, by their indexes:

    script = {3: [fails(), fails(), succeeds()], 5: killed()}
    async with Xqute("scripted", script=script, job_error_strategy="retry") as xqute:
        ...

A list holds an outcome for each attempt; a single outcome applies to every attempt. Attempts that
the script does not mention succeed.
"""

from xqute_testing.scripted._outcome import Outcome as Outcome
from xqute_testing.scripted._outcome import fails as fails
from xqute_testing.scripted._outcome import killed as killed
from xqute_testing.scripted._outcome import runs as runs
from xqute_testing.scripted._outcome import succeeds as succeeds
from xqute_testing.scripted._scheduler import ScriptedScheduler as ScriptedScheduler

__all__ = ["Outcome", "ScriptedScheduler", "fails", "killed", "runs", "succeeds"]
