"""Reading the output of jobs: all of it, or line by line while they run."""

import pytest

from xqute._output import follow, read_all

pytestmark = pytest.mark.anyio


@pytest.fixture
def output_file(tmp_path):
    return tmp_path / "job.stdout"


async def test_a_file_that_is_not_there_is_empty(output_file):
    assert await read_all(output_file) == ""


async def test_all_of_it_unchanged(output_file):
    output_file.write_bytes(b"a\r\nb\rc\n\xff")
    assert await read_all(output_file) == "a\r\nb\rc\n\udcff"


async def test_the_lines_of_a_file_that_is_whole(output_file):
    output_file.write_bytes(b"a\n\nb\r\nc")
    assert [line async for line in follow(output_file, lambda: True)] == ["a", "", "b\r", "c"]


async def test_no_file_and_no_more_to_come(output_file):
    assert [line async for line in follow(output_file, lambda: True)] == []


async def test_lines_come_as_they_are_written(output_file):
    output_file.write_text("begin\n")
    seen = []
    more = {"begin": "one\ntw", "one": "o\n", "two": "last"}
    async for line in follow(output_file, lambda: "two" in seen):
        seen.append(line)
        with output_file.open("a") as file:
            file.write(more.get(line, ""))
    assert seen == ["begin", "one", "two", "last"]


async def test_a_character_that_is_written_in_two_halves(output_file):
    output_file.write_bytes(b"begin\n\xc3")
    looks = []

    def ended():
        # At the second call the file has been read up to the first half.
        looks.append(None)
        if len(looks) == 2:
            with output_file.open("ab") as file:
                file.write(b"\xa9\n")
        return len(looks) > 2

    assert [line async for line in follow(output_file, ended)] == ["begin", "é"]


async def test_the_lines_of_another_attempt_follow_even_if_it_is_over_at_once(output_file):
    output_file.write_text("one\n")
    seen = []
    async for line in follow(output_file, lambda: bool(seen)):
        seen.append(line)
        if line == "one":
            output_file.rename(output_file.with_name("shelved"))
            output_file.write_text("two\n")
    assert seen == ["one", "two"]


async def test_the_lines_of_a_job(make, until):
    async with make() as xqute:
        job = await xqute.push(["run"])
        await until(lambda: job.uid is not None)
        job.stdout_file.write_text("a\n")
        job.stderr_file.write_text("b\n")
        seen = []
        async for line in job.lines():
            seen.append(line)
            xqute.scheduler.end(job)
        assert seen == ["a"]
        assert [line async for line in job.lines("stderr")] == ["b"]
        assert (await job.stdout(), await job.stderr()) == ("a\n", "b\n")
