"""Jobs start with the environment of the controller, and with the default signal handlers."""

import enum
import os
import signal

import pytest

pytestmark = pytest.mark.anyio


class Colour(str, enum.Enum):  # noqa: UP042  # a StrEnum is its value in `str` already
    RED = "red"


OF_THE_SCRIPT = [
    "folder",
    "claim",
    "rc",
    "why",
    "caught",
    "begun",
    "signal",
    "late",
    "timer",
    "pid",
]


async def environment(producer, **job):
    async with producer() as xqute:
        job = await xqute.push(["env", "-0"], **job)
    output = job.stdout_file.read_bytes().rstrip(b"\0").split(b"\0")
    return {os.fsdecode(n): os.fsdecode(v) for n, _, v in (x.partition(b"=") for x in output)}


@pytest.mark.parametrize("name", ["BASH_FUNC_x%%", "a.b-c d", "1st", "naïve", "HOME", "rc"])
async def test_variables_of_any_name_reach_the_command(producer, monkeypatch, name):
    monkeypatch.setenv(name, "() { it's $HOME`x`;\n}")
    assert (await environment(producer))[name] == "() { it's $HOME`x`;\n}"


async def test_exported_functions_of_bash_reach_the_command(producer, monkeypatch):
    monkeypatch.setenv("BASH_FUNC_greet%%", "() { echo hello;\n}")
    async with producer() as xqute:
        job = await xqute.push(["bash", "-c", "greet"])
    assert await job.stdout() == "hello\n"


@pytest.mark.parametrize("seconds", [None, 30])
async def test_the_script_has_no_variables_that_shadow_those_of_the_caller(
    producer, monkeypatch, seconds
):
    for name in OF_THE_SCRIPT:
        monkeypatch.setenv(name, "mine")
    found = await environment(producer, timeout=seconds)
    assert {name: found.get(name) for name in OF_THE_SCRIPT} == dict.fromkeys(OF_THE_SCRIPT, "mine")


async def test_nothing_is_added_but_the_working_folder(producer, monkeypatch):
    before = dict(os.environ)
    found = await environment(producer)
    assert {k: v for k, v in found.items() if before.get(k) != v}.keys() <= {"PWD", "OLDPWD", "_"}
    assert found.keys() >= before.keys()


async def test_env_wins_over_what_is_inherited(producer, monkeypatch):
    monkeypatch.setenv("odd.name", "inherited")
    monkeypatch.setenv("plain", "inherited")
    found = await environment(producer, env={"odd.name": "own", "plain": "own"})
    assert (found["odd.name"], found["plain"]) == ("own", "own")


@pytest.mark.parametrize("name", ["PLAIN", "odd.name", "BASH_FUNC_x%%", "HOME", "PWD", "PATH"])
async def test_none_unsets_what_is_inherited(producer, monkeypatch, name):
    if name not in os.environ:
        monkeypatch.setenv(name, "() { inherited;\n}")
    assert name not in await environment(producer, env={name: None})


async def test_an_odd_variable_and_a_program_with_an_equals_sign(producer, folder):
    (folder / "a=b").symlink_to("/usr/bin/env")
    async with producer(env={"odd.name": 1}) as xqute:
        job = await xqute.push(["a=b"], env={"PATH": folder})
    assert "odd.name=1" in (await job.stdout()).splitlines()


async def test_a_broken_pipe_ends_a_command(producer):
    # Python ignores SIGPIPE, and its child processes would inherit that.
    async with producer() as xqute:
        job = await xqute.push(["bash", "-c", 'yes | head -n 1; echo "${PIPESTATUS[0]}"'])
    assert await job.stdout() == f"y\n{128 + signal.SIGPIPE}\n"


async def test_no_signal_is_ignored_or_blocked(producer):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        async with producer() as xqute:
            job = await xqute.push(["grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"])
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    found = [int(line.split()[1], 16) for line in (await job.stdout()).splitlines()]
    # The C library uses 32 and 33 itself, and always has new processes ignore them.
    assert [bits & ~(0b11 << 31) for bits in found] == [0, 0]


async def test_no_file_of_the_controller_is_left_open(producer):
    async with producer() as xqute:
        job = await xqute.push(["ls", "-l", "/proc/self/fd"])
    assert "producer.lock" not in await job.stdout()
    assert "pidfd" not in await job.stdout()
    assert "epoll" not in await job.stdout()


async def test_a_subclass_of_str_arrives_as_the_string_that_it_holds(producer):
    async with producer() as xqute:
        job = await xqute.push(
            ["sh", "-c", 'echo "$0 $red"', Colour.RED], env={Colour.RED: Colour.RED}
        )
    assert await job.stdout() == "red red\n"


# --- what is inherited is the environment of the push ---------------------------------------------

SHOW = ["printenv", "CASE", "odd.name"]


@pytest.mark.parametrize("forks", [1, 4])
async def test_the_environment_is_that_of_the_push(producer, monkeypatch, forks):
    jobs = []
    async with producer(scheduler_forks=forks) as xqute:
        for number in range(4):
            monkeypatch.setenv("CASE", f"{number}")
            monkeypatch.setenv("odd.name", f"{number}")
            jobs.append(await xqute.push(SHOW))
        monkeypatch.delenv("CASE")
        monkeypatch.delenv("odd.name")
        jobs.append(await xqute.push(SHOW))
    found = [await job.stdout() for job in jobs]
    assert found == [*[f"{number}\n{number}\n" for number in range(4)], ""]


async def test_another_attempt_has_the_environment_of_the_push(producer, monkeypatch):
    monkeypatch.setenv("CASE", "push")
    retried = {"job_error_strategy": "retry", "job_num_retries": 1, "job_retry_delay": 0}
    async with producer(**retried) as xqute:
        job = await xqute.push(["sh", "-c", 'echo "$CASE"; exit 1'])
        monkeypatch.setenv("CASE", "later")
    assert job.trial_count == 1
    assert await job.stdout() == "push\n"


@pytest.mark.parametrize("known", [True, False])
async def test_jobs_share_the_environment_while_it_does_not_change(producer, monkeypatch, known):
    if not known:
        # Another Python may not have the dict that os.environb is made of.
        monkeypatch.setattr(os, "environb", dict(os.environb))
    async with producer() as xqute:
        one, same = [await xqute.push(["true"]) for _ in range(2)]
        if known:
            monkeypatch.setenv("CASE", "other")
        else:
            os.environb[b"CASE"] = b"other"
        other = await xqute.push(["true"])
    assert one.inherited is same.inherited
    assert one.inherited.variables.get(b"CASE") is None
    assert other.inherited.variables[b"CASE"] == b"other"


async def test_the_environment_of_the_push_is_no_part_of_what_a_job_is(producer, monkeypatch):
    async with producer() as xqute:
        one = await xqute.push(["true"])
        monkeypatch.setenv("CASE", "other")
        monkeypatch.setenv("odd.name", "other")
        other = await xqute.push(["true"])
    assert one.fingerprint == other.fingerprint
