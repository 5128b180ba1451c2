"""The options in the lines of a script."""

import pytest

from xqute_testing.gridengine.qmaster.commands._script_options import directives


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("#$ -N name -h", ["-N", "name", "-h"]),
        ("#$-N name", ["-N", "name"]),
        ("#$ -v 'a b' \"c d\"e", ["-v", "a b", "c de"]),
        ("#$ -N name # -h", ["-N", "name"]),
        ("#$ -N na#me", ["-N", "na#me"]),
        (" #$ -N name", []),
        ("##$ -N name", []),
        ("#$", []),
    ],
)
def test_directives_are_read(line, words):
    assert directives(f"#!/bin/sh\n{line}\necho\n", "#$") == words
