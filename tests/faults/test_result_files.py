"""`job.status` and `job.rc` are empty, half-written, rubbish, or of another job."""

import anyio
import pytest

from xqute import FailureKind, JobStatus

pytestmark = pytest.mark.anyio
S = JobStatus
TEXTS = {
    "empty": b"",
    "half": b"1",
    "rubbish": b"\xff\0{0}%s\n\n",
    "a lie": b"0\n",
    "another job's": b"7\n",
    "large": b"9" * 5_000_000,
}
WAIT = ["sh", "-c", "until [ -e gate ]; do sleep 0.01; done; exit 3"]


@pytest.mark.parametrize("text", TEXTS)
async def test_an_rc_that_is_there_before_the_end_is_replaced(producer, tmp_path, until, text):
    with anyio.fail_after(20):
        async with producer() as xqute:
            job = await xqute.push(WAIT)
            await until(job.has_started)
            job.rc_file.write_bytes(TEXTS[text])
            (tmp_path / "gate").touch()
    assert (job.status, job.rc) == (S.FAILED, 3)
    assert job.failure.kind is FailureKind.EXIT


@pytest.mark.parametrize("text", [*TEXTS.values(), b"FINISHED\n", b"FAILED NEVER_STARTED no\n"])
async def test_a_status_that_is_there_before_the_end_does_not_count(
    producer, tmp_path, until, text
):
    with anyio.fail_after(20):
        async with producer() as xqute:
            job = await xqute.push(WAIT)
            await until(job.has_started)
            job.status_file.write_bytes(text)
            (tmp_path / "gate").touch()
    assert (job.status, job.rc) == (S.FAILED, 3)


# One digit is a whole exit status, if the script writes no newline; half a status is never 0.
@pytest.mark.parametrize("text", [text for text in TEXTS if text not in ("a lie", "half")])
async def test_a_result_that_says_nothing_is_none_at_the_next_start(producer, tmp_path, text):
    cmd = ["sh", "-c", "echo ran >>ledger"]
    async with producer() as xqute:
        job = await xqute.push(cmd)
    job.rc_file.write_bytes(TEXTS[text])
    job.status_file.write_bytes(TEXTS[text])
    with anyio.fail_after(20):
        async with producer(job_resume=True) as xqute:
            job = await xqute.push(cmd)
    assert job.status is S.FINISHED
    # Nothing shows any more that the job succeeded; its claim shows that it had started.
    assert (tmp_path / "ledger").read_text() == "ran\nran\n"


async def test_the_folder_of_another_job_is_not_taken_for_its_own(producer, tmp_path):
    async with producer() as xqute:
        job = await xqute.push(["sh", "-c", "echo one >>ledger"])
        await xqute.push(["sh", "-c", "echo two >>ledger"])
    folder = job.metadir.parent
    (folder / "0").rename(folder / "x")
    (folder / "1").rename(folder / "0")
    (folder / "x").rename(folder / "1")
    async with producer(job_resume=True) as xqute:
        await xqute.push(["sh", "-c", "echo one >>ledger"])
        await xqute.push(["sh", "-c", "echo two >>ledger"])
    assert not any(job.resumed for job in xqute.jobs)
    assert (tmp_path / "ledger").read_text().split() == ["one", "two"] * 2
