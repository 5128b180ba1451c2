"""Fuzzes one reader with atheris: `one.py NAME`, then options of libFuzzer."""

import sys

import atheris

with atheris.instrument_imports(include=["xqute"]):
    from targets import TARGETS

if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name].read)
    atheris.Fuzz()
