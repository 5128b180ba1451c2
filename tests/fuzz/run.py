"""Fuzzes each reader of what others have written; exits with 1 if there is a finding.

hatch run fuzz [--seconds N] [NAME ...]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from targets import TARGETS

# The limits for one input, in seconds and in MB.
LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=16384"]


def fuzz(name: str, seconds: int, folder: Path) -> bool:
    """Fuzz one reader, and return whether there was no finding."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(TARGETS[name].seeds):
        (corpus / f"seed{number}").write_bytes(seed)
    command = [sys.executable, Path(__file__).with_name("one.py"), name]
    time = f"-max_total_time={seconds}"
    findings = f"-artifact_prefix={folder}/finding-"
    ended = subprocess.run(
        [*command, *LIMITS, time, findings, "-print_final_stats=1", corpus],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    said = [line for line in ended.stderr.splitlines() if line.startswith("stat::number_of_exec")]
    runs = int(said[0].split()[-1]) if said else 0
    found = sorted(folder.glob("finding-*"))
    good = ended.returncode == 0 and not found and runs > 0
    kept = len(list(corpus.iterdir()))
    print(
        f"{name:8} {runs:12,} runs, {kept:5,} inputs kept: {'ok' if good else 'FOUND'}", flush=True
    )
    if not good:
        print(ended.stdout[-4000:], ended.stderr[-4000:])
    for path in found:
        print(f"{path.name}: {path.read_bytes()[:2000]!r}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(TARGETS):
        parser.error(f"no such reader: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    good = True
    for name in arguments.names or TARGETS:
        with tempfile.TemporaryDirectory(prefix="xqute-fuzz-") as folder:
            good &= fuzz(name, arguments.seconds, Path(folder))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
