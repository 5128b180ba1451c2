"""The conformance suite: it proves that a scheduler keeps every promise of the contract.

It needs a file of tests with a fixture `under_test` and a subclass:

    import pytest
    from xqute_testing.suite import Capabilities, SchedulerSuite, UnderTest


    @pytest.fixture
    def under_test():
        return UnderTest("mine", settings={"min_interval": 0.05, "result_grace": 0.5})


    class TestMine(SchedulerSuite):
        capabilities = Capabilities(bulk=True)

`SchedulerSuite` has all tests. To start with some of the promises, subclass the classes for them.
A test is skipped if it needs a capability that the scheduler does not have.
"""

from xqute_testing.suite._arguments import Arguments as Arguments
from xqute_testing.suite._bounds import Bounds as Bounds
from xqute_testing.suite._capabilities import Capabilities as Capabilities
from xqute_testing.suite._costs import Costs as Costs
from xqute_testing.suite._doubts import Doubts as Doubts
from xqute_testing.suite._environment import Environment as Environment
from xqute_testing.suite._exits import ExitStatuses as ExitStatuses
from xqute_testing.suite._kills import Kills as Kills
from xqute_testing.suite._lives import States as States
from xqute_testing.suite._odd_paths import OddPaths as OddPaths
from xqute_testing.suite._outages import Outages as Outages
from xqute_testing.suite._outputs import Outputs as Outputs
from xqute_testing.suite._retries import Halts as Halts
from xqute_testing.suite._retries import Retries as Retries
from xqute_testing.suite._takes_up import TakesUp as TakesUp
from xqute_testing.suite._under_test import System as System
from xqute_testing.suite._under_test import UnderTest as UnderTest
from xqute_testing.suite._vanishes import Vanishes as Vanishes
from xqute_testing.suite._whole import SchedulerSuite as SchedulerSuite

__all__ = [
    "Arguments",
    "Bounds",
    "Capabilities",
    "Costs",
    "Doubts",
    "Environment",
    "ExitStatuses",
    "Halts",
    "Kills",
    "OddPaths",
    "Outages",
    "Outputs",
    "Retries",
    "SchedulerSuite",
    "States",
    "System",
    "TakesUp",
    "UnderTest",
    "Vanishes",
]
