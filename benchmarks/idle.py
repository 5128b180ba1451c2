"""Processor time of the controller while 1,000 jobs sleep."""

from __future__ import annotations

from measure import fresh_folder, places, run_workload, verdict


def main(*, quick: bool) -> bool:
    """Measure, and return whether the goal is reached."""
    count, seconds = (100, 2) if quick else (1_000, 20)
    place = next(iter(places().values()))
    with fresh_folder(place) as folder:
        share = run_workload("sleeping_jobs", count, folder, seconds)["share"]
    good = share < 0.01
    print(f"idle: {share:.3%} of a core with {count} jobs asleep "
          f"(goal below 1%): {verdict(good=good)}")  # fmt: skip
    return good
