"""Requested amounts are read as Grid Engine reads them."""

import pytest

from xqute_testing.gridengine.qmaster._resources import amount


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("TIME", "90", 90),
        ("TIME", "1:02:03", 3723),
        ("TIME", "1:30", None),
        ("TIME", "5s", None),
        ("MEMORY", "1K", 1024),
        ("MEMORY", "1k", 1000),
        ("MEMORY", "1.5G", 1.5 * 2**30),
        ("MEMORY", "5GB", None),
        ("MEMORY", "INFINITY", float("inf")),
        ("INT", "x", None),
    ],
)
def test_amounts_are_read(kind, text, value):
    assert amount(kind, text) == value
