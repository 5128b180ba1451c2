"""Resident memory for each waiting job."""

from __future__ import annotations

from measure import fresh_folder, places, run_workload, verdict


def main(*, quick: bool) -> bool:
    """Measure, and return whether the goal is reached."""
    count = 10_000 if quick else 100_000
    place = next(iter(places().values()))
    with fresh_folder(place) as folder:
        memory = run_workload("waiting_jobs", count, folder)["memory"]
    good = memory <= 1_200
    print(f"queue: {memory:.0f} bytes for each of {count} waiting jobs "
          f"(goal 1200): {verdict(good=good)}")  # fmt: skip
    return good
