"""All promises in one class."""

from __future__ import annotations

from xqute_testing.suite._arguments import Arguments
from xqute_testing.suite._bounds import Bounds
from xqute_testing.suite._costs import Costs
from xqute_testing.suite._doubts import Doubts
from xqute_testing.suite._environment import Environment
from xqute_testing.suite._exits import ExitStatuses
from xqute_testing.suite._kills import Kills
from xqute_testing.suite._lives import States
from xqute_testing.suite._odd_paths import OddPaths
from xqute_testing.suite._outages import Outages
from xqute_testing.suite._outputs import Outputs
from xqute_testing.suite._retries import Halts, Retries
from xqute_testing.suite._takes_up import TakesUp
from xqute_testing.suite._vanishes import Vanishes


# pytest runs the tests of the last base first.
class SchedulerSuite(
    TakesUp,
    Costs,
    Doubts,
    Outages,
    Vanishes,
    Halts,
    Retries,
    Kills,
    Bounds,
    States,
    OddPaths,
    Outputs,
    ExitStatuses,
    Environment,
    Arguments,
):
    """All promises of a scheduler, the simple ones first."""
