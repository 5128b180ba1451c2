"""A job gets the environment and the working folder that the user gave."""

from __future__ import annotations

import os
from pathlib import Path

from xqute import Job
from xqute_testing.suite._arguments import WORDS
from xqute_testing.suite._base import Suite, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage

_ENV = Promise(
    "Job.environment; Job.wrap_cmd", "the variables of producer and job arrive byte for byte"
)
_CWD = Promise("Job.workdir; Job.wrap_cmd", "a job starts in its working folder")
_NAMES = ("PLAIN", "lower", "a.b", "with-dash", "É", "_", "PPID", "IFS", "OPTIND", "HOME")


def variables(job: Job) -> dict[str, str]:
    """Return the environment that `env -0` has printed."""
    items = job.stdout_file.read_bytes().split(b"\0")[:-1]
    return dict(os.fsdecode(item).split("=", 1) for item in items)


def _resolved(path: Path) -> str:
    return os.path.realpath(path)


class Environment(Suite):
    """A job gets the environment and the working folder that the user gave."""

    @quick
    async def test_each_value_arrives_byte_for_byte(self, stage: Stage) -> None:
        """The values are the words that arguments are tested with."""
        wanted = {f"XQUTE_TEST_{i}": word for i, word in enumerate(WORDS)}
        (job,) = await stage.run(["env", "-0"], env=wanted)
        arrived = {name: variables(job).get(name) for name in wanted}
        assert arrived == wanted, _ENV.broken(f"there arrived {arrived}")

    @quick
    async def test_names_that_shells_would_not_take_arrive(self, stage: Stage) -> None:
        """A name may have any characters except `=` and NUL."""
        wanted = {name: f"value of {name}" for name in _NAMES}
        xqute = stage.producer()
        job = await xqute.push(["env", "-0"], env={**wanted, "PATH": os.environ["PATH"]})
        await stage.complete(xqute)
        # Many shells set `_` to the path of the program that they start.
        arrived = {name: variables(job).get(name) for name in wanted if name != "_"}
        del wanted["_"]
        assert arrived == wanted, _ENV.broken(f"there arrived {arrived}")

    @quick
    async def test_the_jobs_own_come_over_the_producers(self, stage: Stage) -> None:
        """They do not reach another job."""
        xqute = stage.producer(env={"XQUTE_A": "producer", "XQUTE_B": "producer"})
        own = await xqute.push(["env", "-0"], env={"XQUTE_B": "job", "XQUTE_C": "job"})
        other = await xqute.push(["env", "-0"])
        await stage.complete(xqute)
        wanted = [
            {"XQUTE_A": "producer", "XQUTE_B": "job", "XQUTE_C": "job"},
            {"XQUTE_A": "producer", "XQUTE_B": "producer"},
        ]
        arrived = [
            {name: value for name, value in variables(job).items() if name.startswith("XQUTE_")}
            for job in (own, other)
        ]
        assert arrived == wanted, _ENV.broken(f"the first and the second job had {arrived}")

    @quick
    async def test_a_variable_that_is_none_is_unset(self, stage: Stage) -> None:
        """The job's own value comes over the producer's, be it None or not."""
        xqute = stage.producer(env={"XQUTE_A": "producer", "XQUTE_B": None, "XQUTE_C": None})
        env = {"XQUTE_A": None, "XQUTE_B": "job", "HOME": None, "x.y": None}
        own = await xqute.push(["env", "-0"], env=env)
        other = await xqute.push(["env", "-0"])
        await stage.complete(xqute)
        wanted: list[dict[str, str]] = [{"XQUTE_B": "job"}, {"XQUTE_A": "producer"}]
        arrived = [
            {
                name: value
                for name, value in variables(job).items()
                if name.startswith("XQUTE_") or (job is own and name in env)
            }
            for job in (own, other)
        ]
        assert arrived == wanted, _ENV.broken(f"the first and the second job had {arrived}")

    @quick
    async def test_a_job_starts_in_its_working_folder(self, stage: Stage) -> None:
        """It is the cwd of the producer, or that of the job."""
        own = stage.folder / "of its own"
        own.mkdir()
        xqute = stage.producer()
        jobs = [await xqute.push(["pwd", "-P"]), await xqute.push(["pwd", "-P"], cwd=own)]
        await stage.complete(xqute)
        wanted = [f"{_resolved(path)}\n" for path in (stage.work, own)]
        arrived = [await job.stdout() for job in jobs]
        assert arrived == wanted, _CWD.broken(f"instead of {wanted} they started in {arrived}")

    @quick
    async def test_nothing_can_be_read_from_standard_input(self, stage: Stage) -> None:
        """A command that reads it gets the end of the file at once, and does not wait."""
        (job,) = await stage.run(["cat"])
        assert job.rc == 0, _ENV.broken(f"cat ended: {job.failure}")
