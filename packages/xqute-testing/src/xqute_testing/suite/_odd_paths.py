"""Folders may have any name, with blanks, quotes, newlines and special characters of shells."""

from __future__ import annotations

import pytest

from xqute import JobStatus
from xqute_testing.suite._base import Suite, needs, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage

_PATHS = Promise(
    "Job.wrap_cmd; Scheduler.submit_job", "the folder of jobs may have any name, and so may the cwd"
)
NAMES = {
    "blanks": " a  b ",
    "quotes": 'it\'s "so"',
    "dollars": "$HOME `id` $(id)",
    "globs": "*?[a]{b,c}~",
    "backslashes": "a\\nb\\",
    "dashes": "-rf",
    "signs": "#;&|<>()!%=,:@",
    "unicode": "é日本🚀",
}


class OddPaths(Suite):
    """Folders may have any name."""

    @quick
    @pytest.mark.parametrize("kind", NAMES)
    async def test_a_folder_of_an_odd_name(self, stage: Stage, kind: str) -> None:
        """It is used as the job metadir and as the working folder."""
        await self._check(stage, NAMES[kind])

    @quick
    @needs("newlines_in_paths")
    async def test_a_folder_with_a_newline_in_its_name(self, stage: Stage) -> None:
        """It is used as the job metadir and as the working folder."""
        await self._check(stage, "two\nlines\n# x")

    async def _check(self, stage: Stage, name: str) -> None:
        folder = stage.folder / name
        cwd = folder / name
        cwd.mkdir(parents=True)
        commands = (["sh", "-c", "echo hi; pwd; echo no >&2; : >here"], ["sh", "-c", "exit 3"])
        good, bad = await stage.run(
            *commands, promise=_PATHS, scheduler_forks=2, job_metadir=folder / "jobs", cwd=cwd
        )
        seen = await good.stdout(), await good.stderr(), good.rc, bad.rc
        wanted = f"hi\n{cwd}\n", "no\n", 0, 3
        assert seen == wanted, _PATHS.broken(f"below {str(folder)!r} two jobs have left {seen}")
        assert (cwd / "here").exists(), _PATHS.broken(f"a job did not start in {str(cwd)!r}")
        assert good.status is JobStatus.FINISHED, _PATHS.broken(f"{good!r}: {good.failure}")
