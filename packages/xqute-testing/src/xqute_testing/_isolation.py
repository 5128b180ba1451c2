"""Keeps a test's hook plugins out of the next test, and installed plugins out of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from types import SimpleNamespace


@contextmanager
def plugins_restored() -> Iterator[None]:
    """Restore the registered plugins at the end of the context."""
    from xqute import simplug

    # "-" turns off the plugin with an empty name. There is none, so all plugins stay as they are.
    with simplug.plugins_context(["-"]):
        yield


@contextmanager
def no_plugins() -> Iterator[None]:
    """Call no plugins within the context, except those that are given to a producer."""
    from xqute import simplug

    with simplug.plugins_context([]):
        known = simplug.get_all_plugin_names()
        # A producer loads the installed plugins, but none whose name is registered already.
        for name in {point.name for point in entry_points(group="xqute")}.difference(known):
            simplug.register((SimpleNamespace(), name))
        yield
