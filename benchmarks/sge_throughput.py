"""2,000 x `true` on Grid Engine: with xqute, and with one qsub of the same scripts as an array."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from measure import fresh_folders, median, places, run_workload, verdict

FORKS = 500
ARRAY = """\
#!/bin/sh
#$ -S /bin/sh
#$ -o /dev/null
#$ -j y
exec /bin/sh {folder}/$((SGE_TASK_ID - 1))/job.wrapped.sge
"""


def main(*, quick: bool) -> bool:
    """Run the two alternately, and return whether all goals are reached."""
    if shutil.which("qstat") is None or subprocess.run(["qstat"], check=False).returncode != 0:
        print("sge: there is no Grid Engine here: tests/clusters/gridengine.sh up, as root")
        return True
    count, times = (200, 1) if quick else (2_000, 3)
    ours, raw, cpu, commands = [], [], [], []
    with fresh_folders(places()["disk"]) as fresh:
        for _ in range(times):
            folder = fresh()
            report = run_workload("sge_true", count, folder, FORKS)
            ours.append(report["seconds"])
            cpu.append(report["cpu"])
            commands.append([report[name] for name in ("qsub", "qstat", "qdel", "qacct")])
            raw.append(_raw(count, folder / "jobs", fresh()))
    ratio = median(ours) / median(raw)
    asked = median([float(sum(called)) for called in commands])
    few = asked <= count / 50
    light = median(cpu) < 0.0005
    print(f"sge: {count} x true, {FORKS} at once, median of {times}")
    print(f"  one qsub -t   {median(raw):6.1f} s")
    print(f"  xqute         {median(ours):6.1f} s, ratio {ratio:.2f} (goal 1.15): "
          f"{verdict(good=ratio <= 1.15)}")  # fmt: skip
    print(f"  commands      {asked:6.0f} (goal {count // 50}): {verdict(good=few)}; "
          f"qsub, qstat, qdel, qacct: {commands}")  # fmt: skip
    print(f"  controller    {median(cpu) * 1e6:6.0f} µs of CPU a job (goal 500): "
          f"{verdict(good=light)}")  # fmt: skip
    return ratio <= 1.15 and few and light


def _raw(count: int, former: Path, folder: Path) -> float:
    """Return the seconds that one array of a former run's scripts takes, each in its own folder."""
    for index in range(count):
        (folder / str(index)).mkdir()
        script = folder / str(index) / "job.wrapped.sge"
        text = (former / str(index) / script.name).read_text()
        script.write_text(text.replace(str(former), str(folder)))
    array = folder / "array.sh"
    array.write_text(ARRAY.format(folder=folder))
    began = time.monotonic()
    command = ["qsub", "-terse", "-sync", "y", "-t", f"1-{count}", str(array)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    codes = [(folder / str(index) / "job.rc").read_text() for index in range(count)]
    assert codes == ["0\n"] * count  # noqa: S101  # else there is no figure
    return seconds


if __name__ == "__main__":
    main(quick=False)
