"""5,000 x `true`, 8 at once: with xqute, with a bare loop, and with GNU parallel."""

from __future__ import annotations

import shutil
from pathlib import Path

from measure import fresh_folders, median, places, run_workload, verdict

FORKS = 8


def main(*, quick: bool) -> bool:
    """Run the three alternately, and return whether both goals are reached."""
    count, times = (500, 1) if quick else (5_000, 5)
    reached = [_on(name, place, count, times) for name, place in places().items()]
    return all(reached)


def _on(name: str, place: Path, count: int, times: int) -> bool:
    rates: dict[str, list[float]] = {"xqute": [], "floor": [], "parallel": []}
    cpu: list[float] = []
    with fresh_folders(place) as fresh:
        for _ in range(times):
            folder, script = fresh(), fresh() / "script"
            report = run_workload("xqute_true", count, folder, FORKS, script)
            rates["xqute"].append(report["rate"])
            cpu.append(report["cpu"])
            floor = run_workload("bare_loop", count, fresh(), FORKS, script, folder / "0")
            rates["floor"].append(floor["rate"])
            if shutil.which("parallel"):
                rates["parallel"].append(
                    run_workload("gnu_parallel", count, fresh(), FORKS)["rate"]
                )
    xqute, floor_rate = median(rates["xqute"]), median(rates["floor"])
    print(f"throughput on {name}: {count} x true, {FORKS} at once, median of {times}")
    print(f"  xqute         {xqute:7.0f} jobs/s, {median(cpu) * 1e6:.0f} µs of CPU a job")
    good = xqute >= 0.8 * floor_rate
    print(f"  bare loop     {floor_rate:7.0f} jobs/s, ratio {xqute / floor_rate:.2f} "
          f"(goal 0.8): {verdict(good=good)}")  # fmt: skip
    if not rates["parallel"]:
        print("  GNU parallel  not installed: not compared")
        return good
    slow = median(rates["parallel"])
    fast = xqute >= 3 * slow
    print(f"  GNU parallel  {slow:7.0f} jobs/s, ratio {xqute / slow:.2f} "
          f"(goal 3): {verdict(good=fast)}")  # fmt: skip
    return good and fast
