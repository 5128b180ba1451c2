"""The output of a job is in its own files, complete and with nothing added."""

from __future__ import annotations

from xqute_testing.suite._base import Suite, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage

_OUTPUT = Promise(
    "docs/on-disk.md: The files of a job",
    "what the command writes, and nothing else, is in these two files",
)


class Outputs(Suite):
    """The output of a job is in its own files, complete and with nothing added."""

    @quick
    async def test_the_two_streams_are_kept_apart(self, stage: Stage) -> None:
        """Nothing is added, not even a newline at the end."""
        (job,) = await stage.run(stage.shell("printf out; printf err >&2; printf more"))
        seen = (job.stdout_file.read_bytes(), job.stderr_file.read_bytes())
        assert seen == (b"outmore", b"err"), _OUTPUT.broken(f"they hold {seen}")

    @quick
    async def test_a_silent_job_leaves_empty_files(self, stage: Stage) -> None:
        """The files exist."""
        (job,) = await stage.run(["true"])
        seen = (job.stdout_file.read_bytes(), job.stderr_file.read_bytes())
        assert seen == (b"", b""), _OUTPUT.broken(f"they hold {seen}")

    async def test_much_output_does_not_stop_a_job(self, stage: Stage) -> None:
        """It writes more than a pipe can hold to both streams."""
        block = "0123456789abcdef" * 64
        script = f"i=0; while [ $i -lt 400 ]; do echo {block}; echo {block} >&2; i=$((i+1)); done"
        (job,) = await stage.run(stage.shell(script), promise=_OUTPUT)
        seen = (job.stdout_file.stat().st_size, job.stderr_file.stat().st_size)
        assert seen == (410_000, 410_000), _OUTPUT.broken(f"of 410000 bytes each there are {seen}")

    @quick
    async def test_jobs_that_run_together_do_not_mix(self, stage: Stage) -> None:
        """Each has its own files and its own exit status."""
        scripts = [f"echo out {i}; echo err {i} >&2; exit {i}" for i in range(6)]
        jobs = await stage.run(*map(stage.shell, scripts), scheduler_forks=6)
        seen = [(await job.stdout(), await job.stderr(), job.rc) for job in jobs]
        wanted = [(f"out {i}\n", f"err {i}\n", i) for i in range(6)]
        assert seen == wanted, _OUTPUT.broken(f"six jobs have left {seen}")

    async def test_output_can_be_followed(self, stage: Stage) -> None:
        """Its lines can be read while the job runs."""
        xqute = stage.producer()
        job = await xqute.push(stage.shell(f"echo first; {stage.until_open('gate')}; echo last"))

        def first_is_there() -> bool:
            return job.stdout_file.exists() and job.stdout_file.read_text() == "first\n"

        await stage.until(first_is_there, _OUTPUT, "the first line of a running job was not seen")
        stage.open("gate")
        seen = [line async for line in job.lines()]
        await stage.complete(xqute)
        assert seen == ["first", "last"], _OUTPUT.broken(f"its lines were {seen}")
