"""One `true`, from the start of Python to its end."""

from __future__ import annotations

import sys

from measure import WORKLOADS, fresh_folder, median, places, seconds, verdict


def main(*, quick: bool) -> bool:
    """Run both alternately, and return whether the goal is reached."""
    times = 5 if quick else 21
    place = next(iter(places().values()))
    whole, imports = [], []
    with fresh_folder(place) as folder:
        seconds([sys.executable, str(WORKLOADS / "one_true.py"), str(folder)])  # warms the caches
    for _ in range(times):
        with fresh_folder(place) as folder:
            whole.append(seconds([sys.executable, str(WORKLOADS / "one_true.py"), str(folder)]))
        imports.append(seconds([sys.executable, "-c", "import asyncio, anyio, simplug"]))
    more = (median(whole) - median(imports)) * 1e3
    good = more <= 60
    print(f"startup: {median(whole) * 1e3:.0f} ms for one true, {more:.0f} ms more than imports "
          f"alone (goal 60): {verdict(good=good)}")  # fmt: skip
    return good
