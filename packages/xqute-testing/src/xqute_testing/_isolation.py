"""Keeps the hook plugins of a test from the next one, and those of the installation from a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from types import SimpleNamespace


@contextmanager
def plugins_restored() -> Iterator[None]:
    """Have the registered plugins be after the context as they were before."""
    from xqute import simplug

    # A name with a sign changes only what it names, and no plugin has an empty name.
    with simplug.plugins_context(["-"]):
        yield


@contextmanager
def no_plugins() -> Iterator[None]:
    """Have no plugin called within the context, but those that a producer is given."""
    from xqute import simplug

    with simplug.plugins_context([]):
        known = simplug.get_all_plugin_names()
        # A producer loads what is installed, but for names that are taken.
        for name in {point.name for point in entry_points(group="xqute")}.difference(known):
            simplug.register((SimpleNamespace(), name))
        yield
