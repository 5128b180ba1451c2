"""Help for testing xqute schedulers and hook plugins.

This module has a fake Grid Engine, a recorder of hooks, and the fixtures for pytest. The scheduler
whose jobs end as a test says is in `xqute_testing.scripted`, and the conformance suite for
schedulers in `xqute_testing.suite`.
"""

from typing import TYPE_CHECKING

from xqute_testing._plugin import fake_gridengine as fake_gridengine
from xqute_testing._plugin import no_hook_plugins as no_hook_plugins
from xqute_testing._plugin import recorder as recorder
from xqute_testing.gridengine.api import Call as Call
from xqute_testing.gridengine.api import FakeGridEngine as FakeGridEngine

if TYPE_CHECKING:
    from xqute_testing._recorder import HookCall as HookCall
    from xqute_testing._recorder import Recorder as Recorder

__all__ = [
    "Call",
    "FakeGridEngine",
    "HookCall",
    "Recorder",
    "fake_gridengine",
    "no_hook_plugins",
    "recorder",
]


def __getattr__(name: str) -> object:
    # These import xqute, which must not be imported before the first test: see _plugin.
    if name in ("HookCall", "Recorder"):
        from xqute_testing import _recorder

        return getattr(_recorder, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
