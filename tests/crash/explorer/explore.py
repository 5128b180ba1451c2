"""Kills a controller before each of its effects in turn, starts another, and checks the outcome.

Then it kills two and three controllers in a row, at effects chosen at random.
"""

import argparse
import contextlib
import itertools
import random
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from life import Setting, live
from mutants import MUTANTS
from processes import end_all
from scenarios import SCENARIOS
from story import wrong_in_a_life, wrong_in_the_end

from xqute_testing import FakeGridEngine

# After so many wrong ones, more of them add no information.
ENOUGH = 10
SCHEDULERS = ["local", "sge"]
# Intervals of Grid Engine, in seconds.
# Attributes of the scheduler, in seconds, so that a life waits for little.
_TRY_AGAIN = {"first_backoff": 0.02, "lookup_interval": 0.02}
_QUICK = {
    "min_interval": 0.05,
    "max_interval": 0.2,
    "submit_interval": 0.05,
    "result_grace": 0.5,
    **_TRY_AGAIN,
}
# Seconds before a qsub does anything. The job may arrive after the next life has looked for it.
_LATE = 0.2


class Explorer:
    """Lives of controllers, each series in a folder of its own."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        self._setting = setting
        self._folder = folder
        self._series = itertools.count()

    def run(self, scenario: str, deaths: list[int]) -> tuple[int, list[str]]:
        """Run a life that is killed at each of these effects, then one that is not.

        Returns:
            How many lives were killed, as the others ended before their effect; and what is wrong.
        """
        folder = self._folder / f"{scenario} {next(self._series)}"
        folder.mkdir()
        what, died, wrong = SCENARIOS[scenario], 0, []
        try:
            for life, effect in enumerate([*deaths, None], 1):
                died += live(self._setting, what, folder, life, effect)
                if effect is None:
                    wrong += wrong_in_the_end(what, folder, life)
                else:
                    wrong += wrong_in_a_life(what, folder, life)
                if wrong:
                    break
        finally:
            end_all(folder)
        if not wrong:
            shutil.rmtree(folder)
        return died, [f"{scenario}, killed before {deaths}: {one}; {folder}" for one in wrong]

    def points(self, scenario: str, first: int, step: int) -> Iterator[tuple[int, list[str]]]:
        """Kill a controller before its `first` effect, another before each `step`th that follows.

        Yields:
            The number of the effect, and what is wrong.
        """
        for effect in itertools.count(first, step):
            died, wrong = self.run(scenario, [effect])
            if died or wrong:
                yield effect, wrong
            if not died:
                return


@contextlib.contextmanager
def setting(scheduler: str, mutant: str | None, folder: Path) -> Iterator[Setting]:
    """Create what all lives share; for Grid Engine that is a cell, in the folder."""
    if scheduler == "local":
        yield Setting("local", {"kill_grace": 0.3}, _TRY_AGAIN, mutant)
        return
    with FakeGridEngine(folder / "cell") as cell:
        qsub = folder / "qsub"
        # Its working folder is elsewhere, so that it does not count as a job.
        real = shlex.quote(cell.commands["qsub"])
        qsub.write_text(f'#!/bin/sh\ncd /\nsleep {_LATE}\nexec {real} "$@"\n')
        qsub.chmod(0o755)
        yield Setting("sge", {**cell.commands, "qsub": str(qsub)}, _QUICK, mutant)
        left = cell.jobs()
        if left and mutant is None:
            raise AssertionError(f"the cell still has jobs {left}")


def explore(scheduler: str, args: argparse.Namespace, folder: Path) -> bool:
    """Explore one scheduler as the arguments say; return whether nothing was wrong."""
    chance = random.Random(args.seed)
    points = chains = wrongs = 0
    # The last effect that was tried; none, if the scenario has fewer effects than a step.
    last = dict.fromkeys(args.scenario, 1)
    with setting(scheduler, None, folder) as given:
        explorer = Explorer(given, folder)
        for scenario in args.scenario:
            before = points
            for effect, wrong in explorer.points(scenario, chance.randint(1, args.step), args.step):
                points += 1
                last[scenario] = effect
                wrongs += tell(wrong)
                if wrongs >= ENOUGH:
                    return False
            print(f"{scheduler}, {scenario}: killed at {points - before} points", flush=True)
        while chains < args.chains and wrongs < ENOUGH:
            scenario = chance.choice(args.scenario)
            deaths = [chance.randint(1, last[scenario]) for _ in range(chance.randint(2, 3))]
            wrongs += tell(explorer.run(scenario, deaths)[1])
            chains += 1
    print(f"{scheduler}: {points} points, {chains} chains, seed {args.seed}; {wrongs} wrong")
    return not wrongs


def try_mutants(folder: Path) -> bool:
    """Return whether each mutant was found."""
    missed = []
    for name, mutant in MUTANTS.items():
        here = made(folder / name)
        with setting(mutant.scheduler, name, here) as given:
            points = Explorer(given, here).points(mutant.scenario, 1, 1)
            found = next((wrong[0] for _, wrong in points if wrong), None)
        print(f"{name}: {found or 'NOT FOUND'}", flush=True)
        missed += [] if found else [name]
    print(f"{len(MUTANTS)} mutants, {len(missed)} not found")
    return not missed


def made(folder: Path) -> Path:
    """Create a folder, and return it."""
    folder.mkdir()
    return folder


def tell(wrong: list[str]) -> bool:
    """Print what is wrong, and return whether anything is."""
    for line in wrong:
        print("WRONG:", line, flush=True)
    return bool(wrong)


def main() -> None:
    """Read the arguments, explore, and exit with status 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scheduler", nargs="+", choices=SCHEDULERS, default=SCHEDULERS)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--step", type=int, default=1, help="only each so many-th effect")
    parser.add_argument("--chains", type=int, default=20, help="how often to kill two or three")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--mutants", action="store_true", help="only see that faults are found")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="xqute-crash-"))
    if args.mutants:
        right = try_mutants(folder)
    else:
        wrong = [name for name in args.scheduler if not explore(name, args, made(folder / name))]
        right = not wrong
    if right:
        shutil.rmtree(folder)
    sys.exit(not right)


if __name__ == "__main__":
    main()
