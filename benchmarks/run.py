"""Runs the benchmarks: see README.md here."""

from __future__ import annotations

import argparse
import sys

import idle
import queue_memory
import scaling
import sge_throughput
import startup
import throughput

BENCHMARKS = {
    "startup": startup.main,
    "idle": idle.main,
    "queue": queue_memory.main,
    "throughput": throughput.main,
    "scaling": scaling.main,
    "sge": sge_throughput.main,
}


def main() -> None:
    """Run the named benchmarks, or all; exit with 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description="What xqute costs.")
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="few jobs, to see that they work")
    given = parser.parse_args()
    reached = []
    for name in given.names or BENCHMARKS:
        reached.append(BENCHMARKS[name](quick=given.quick))
        sys.stdout.flush()
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
