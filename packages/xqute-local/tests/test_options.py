"""The options shell, env, cwd and kill_grace: for all jobs, and for one."""

from shutil import which

import pytest

from xqute import InvalidType, InvalidValue, JobStatus, Xqute
from xqute.schedulers.local import LocalScheduler

pytestmark = pytest.mark.anyio


@pytest.fixture
def noting_shell(folder):
    """A shell that writes down that it was used."""
    path = folder / "my shell"
    path.write_text('#!/bin/sh\necho "$0" >>"${0%/*}/used"\nexec /bin/sh "$@"\n')
    path.chmod(0o755)
    return path


async def test_shell_of_the_producer_and_of_a_job(producer, noting_shell, folder):
    async with producer(shell=noting_shell) as xqute:
        await xqute.push(["true"])
        await xqute.push(["true"], shell="sh")
    assert (folder / "used").read_text() == f"{noting_shell}\n"


@pytest.mark.parametrize("shell", ["dash", "bash", "ksh", "mksh"])
async def test_other_shells_will_do(producer, shell):
    if which(shell) is None:
        pytest.skip(f"no {shell} here")
    async with producer(shell=shell) as xqute:
        good = await xqute.push(["printf", "%s", "$HOME `x`\n*"])
        bad = await xqute.push(["sh", "-c", "exit 3"])
        late = await xqute.push(["sleep", "60"], timeout=0.1)
    assert (good.rc, bad.rc, late.rc) == (0, 3, 143)
    assert await good.stdout() == "$HOME `x`\n*"


async def test_env_of_a_job_is_added_to_that_of_the_producer(producer):
    async with producer(env={"A": "1", "B": "2"}) as xqute:
        job = await xqute.push(["sh", "-c", "echo $A$B$C"], env={"B": "x", "C": 3})
        plain = await xqute.push(["sh", "-c", "echo $A$B$C"])
    assert await job.stdout() == "1x3\n"
    assert await plain.stdout() == "12\n"


async def test_cwd_of_a_job_and_of_the_producer(producer, folder):
    other = folder / "-other $place"
    other.mkdir()
    async with producer() as xqute:
        plain = await xqute.push(["pwd"])
        job = await xqute.push(["pwd"], cwd=other)
    assert await plain.stdout() == f"{folder}\n"
    assert await job.stdout() == f"{other}\n"


async def test_without_cwd_a_job_starts_where_the_producer_was_made(metadir, folder, monkeypatch):
    monkeypatch.chdir(folder)
    async with Xqute(job_metadir=metadir) as xqute:
        monkeypatch.chdir("/")
        job = await xqute.push(["pwd"])
    assert await job.stdout() == f"{folder}\n"


async def test_a_cwd_that_is_gone_when_the_job_starts(producer, folder):
    gone = folder / "gone"
    gone.mkdir()
    async with producer() as xqute:
        blocker = await xqute.push(
            ["sh", "-c", "until rmdir empty; do sleep 0.01; done; rmdir gone"]
        )
        job = await xqute.push(["pwd"], cwd=gone)
        (folder / "empty").mkdir()
    assert blocker.status is JobStatus.FINISHED
    assert job.status is JobStatus.FAILED
    assert str(job.failure) == "NEVER_STARTED: cannot enter the working folder"


async def test_kill_grace_of_a_job_and_of_the_producer(producer, until):
    deaf = ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.01; done"]
    async with producer(scheduler_forks=2, kill_grace=600) as xqute:
        job = await xqute.push(deaf, kill_grace=0.1)
        await until(lambda: job.stdout_file.exists() and job.stdout_file.read_text())
        await job.kill()
    assert job.status is JobStatus.KILLED


KNOWN = sorted({"cwd", "env", "kill_grace", "shell", *LocalScheduler.own_options})
NAMES = rf"did you mean 'kill_grace'\? it has: {', '.join(KNOWN)}$"


async def test_an_unknown_option_is_an_error_that_names_those_there_are(producer, metadir):
    with pytest.raises(InvalidValue, match=NAMES):
        producer(kil_grace=1)
    assert not metadir.exists()


async def test_an_unknown_option_of_a_job_is_one_too(producer, metadir):
    async with producer() as xqute:
        with pytest.raises(InvalidValue, match=NAMES):
            await xqute.push(["true"], kil_grace=1)
    assert [path.name for path in metadir.iterdir()] == ["producer.lock"]


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ({"shell": "no-such-shell"}, InvalidValue),
        ({"shell": 1}, InvalidType),
        ({"kill_grace": -1}, InvalidValue),
        ({"kill_grace": "soon"}, InvalidType),
        ({"cwd": "/no/such/folder"}, InvalidValue),
        ({"env": {"A=B": "1"}}, InvalidValue),
        ({"env": "A=1"}, InvalidType),
    ],
    ids=str,
)
async def test_a_value_that_can_not_be_used_is_an_error_at_once(producer, option, error):
    with pytest.raises(error):
        producer(**option)
    async with producer() as xqute:
        with pytest.raises(error):
            await xqute.push(["true"], **option)
    assert xqute.jobs == []
