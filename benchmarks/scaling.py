"""Time and memory for each job, with 1,000 and with 100,000 jobs."""

from __future__ import annotations

from measure import fresh_folder, median, places, run_workload, verdict

FORKS = 8


def main(*, quick: bool) -> bool:
    """Run few and many jobs alternately, and return whether the goal is reached."""
    few, many, times, rounds = (1_000, 10_000, 1, 2) if quick else (1_000, 100_000, 3, 4)
    name, place = next(iter(places().items()))
    cost: dict[int, list[float]] = {few: [], many: []}
    memory: dict[int, list[float]] = {few: [], many: []}
    for _ in range(times):
        for count in [few] * rounds + [many] + [few] * rounds:
            with fresh_folder(place) as folder:
                report = run_workload("xqute_true", count, folder, FORKS)
            cost[count].append(1 / report["rate"])
            memory[count].append(report["memory"])
    print(f"scaling on {name}: {FORKS} at once, medians")
    good = True
    for what, unit, values in (("time", "µs", cost), ("memory", "bytes", memory)):
        low, high = median(values[few]), median(values[many])
        factor = 1e6 if what == "time" else 1
        fine = high <= 1.1 * low
        good &= fine
        print(f"  {what} for each job: {low * factor:.0f} {unit} of {few}, "
              f"{high * factor:.0f} {unit} of {many}, ratio {high / low:.2f} "
              f"(goal 1.1): {verdict(good=fine)}")  # fmt: skip
    return good
