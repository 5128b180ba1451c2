"""The output of jobs: as a whole, while they run, and of several attempts."""

import pytest

from xqute import JobStatus

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exit_watcher")]


async def test_a_job_that_writes_much(producer):
    async with producer() as xqute:
        job = await xqute.push(["head", "-c", "50000000", "/dev/zero"])
    assert job.status is JobStatus.FINISHED
    assert job.stdout_file.stat().st_size == 50_000_000


async def test_output_and_errors_are_apart(producer):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", "echo out; echo err >&2"])
    assert (await job.stdout(), await job.stderr()) == ("out\n", "err\n")


async def test_a_job_has_nothing_to_read(producer):
    async with producer() as xqute:
        job = await xqute.push(["cat"])
    assert (job.rc, await job.stdout()) == (0, "")


async def test_lines_come_while_the_job_runs(producer, folder):
    async with producer() as xqute:
        job = await xqute.push(
            ["sh", "-c", "echo 1; until [ -e gate ]; do sleep 0.01; done; echo 2"]
        )
        lines = job.lines()
        assert await anext(lines) == "1"
        assert job.status is JobStatus.RUNNING
        (folder / "gate").touch()
        assert [line async for line in lines] == ["2"]


async def test_lines_of_the_errors(producer):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", "echo 1 >&2; echo 2 >&2"])
        assert [line async for line in job.lines("stderr")] == ["1", "2"]


async def test_a_last_line_without_its_newline(producer):
    async with producer() as xqute:
        job = await xqute.push(["printf", "one\\ntwo"])
        assert [line async for line in job.lines()] == ["one", "two"]


async def test_lines_of_a_job_that_has_ended(producer):
    async with producer() as xqute:
        job = await xqute.push(["printf", "\\none\\n\\n"])
    assert [line async for line in job.lines()] == ["", "one", ""]


async def test_bytes_that_are_no_text(producer):
    async with producer() as xqute:
        job = await xqute.push(["printf", "\\377\\303\\251\\r\\n"])
        assert [line async for line in job.lines()] == ["\udcffé\r"]
    assert await job.stdout() == "\udcffé\r\n"


async def test_lines_of_all_attempts_of_a_job_that_is_retried(producer):
    script = "echo $(cat count 2>/dev/null)begun; echo x >>count; [ $(wc -l <count) -ge 3 ]"
    async with producer(job_error_strategy="retry", job_retry_delay=0.2) as xqute:
        job = await xqute.push(["sh", "-c", script])
        lines = [line async for line in job.lines()]
    assert job.trial_count == 2
    assert lines == ["begun", "xbegun", "x xbegun"]


async def test_lines_of_a_last_attempt_that_is_over_before_they_are_read(producer, folder):
    script = "if [ -e count ]; then echo last; else echo first; echo >count; exit 1; fi"
    async with producer(job_error_strategy="retry", job_retry_delay=0.1) as xqute:
        job = await xqute.push(["sh", "-c", script])
        lines = job.lines()
        assert await anext(lines) == "first"
        await job.wait()
        assert [line async for line in lines] == ["last"]


async def test_lines_of_a_job_that_never_started_end(producer):
    async with producer() as xqute:
        blocker = await xqute.push(["sleep", "60"])
        job = await xqute.push(["true"])
        await job.kill()
        assert [line async for line in job.lines()] == []
        await blocker.kill()
