"""The wrapped script, run by real shells: what the command gets, and what is reported."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from xqute import FailureKind, ScriptExit
from xqute._attempt_files import Intent, write_script
from xqute._report import read_report, read_usage
from xqute._script import ScriptParts, is_plain_variable, render

SHELLS = {
    os.path.realpath(path): path for name in ("sh", "bash", "dash") if (path := shutil.which(name))
}.values()
PRINT, ENV = shutil.which("printf"), shutil.which("env")
# Shells set these variables themselves, so that they change unless they are set for the job.
SHELLS_OWN = {"_", "PWD", "OLDPWD", "SHLVL"}


class Attempt:
    """One attempt in a folder of its own: its script, and the files that it has left."""

    def __init__(self, folder, cmd, *, shell="/bin/sh", token="ab", **more):
        self.folder, self.shell = Path(folder), shell
        self.script = f"{folder}/job.wrapped.test"
        self.claim = f"{folder}/job.claim.{token}"
        given = {"env": None, "cwd": "/", "timeout": None, "kill_grace": 5.0} | more
        parts = ScriptParts(
            shell=shell,
            title="Job 0, attempt 1, for test.",
            name="job.wrapped.test",
            folder=str(folder),
            claim=self.claim,
            cmd=tuple(cmd),
            **given,
        )
        write_script(str(folder), self.script, render(parts), Intent(0, token, "ff"))

    def start(self, *arguments, **more):
        """Start the script in a session of its own, as schedulers do."""
        return subprocess.Popen(
            [self.shell, self.script, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            **({"cwd": "/"} | more),
        )

    def run(self, *arguments, **more):
        """Run the script to its end, and return its exit status."""
        with self.start(*arguments, **more) as process:
            self.printed = process.communicate()
            return process.returncode

    @property
    def report(self):
        return read_report(str(self.folder), self.claim, over=True)

    def read(self, name):
        return (self.folder / name).read_bytes()


@pytest.fixture(params=SHELLS)
def shell_path(request):
    return request.param


@pytest.fixture
def attempt(tmp_path, shell_path):
    """Makes attempts in the folder of the test."""
    return lambda cmd, **more: Attempt(tmp_path / "0", cmd, **({"shell": shell_path} | more))


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def one_of(names):
    return st.sampled_from(names.split())


# --- T1: arguments, environments and paths arrive byte for byte ----------------------------------

# Half of the texts are made of characters that are special for a shell. The others are made of all
# bytes but NUL, with surrogates for those that are not UTF-8.
ODD = st.text(" '\"$`\\\n\t*?[]~#;&|<>(){}!=-a\r\x01\x7f\x81\x88é€", max_size=8)
ANY = st.binary(max_size=12).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"")))
TEXT = ODD | ANY
# Names that a file, or a folder above it, may have.
NAME = TEXT.map(lambda text: text.replace("/", "")).filter(
    lambda text: text not in ("", ".", "..", "-")
)
VARIABLE = TEXT.map(lambda text: text.replace("=", "")).filter(bool)
PLAIN = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
# Variables that a shell sets, or that the script might use itself.
OWN = one_of(
    "_ PPID IFS OPTIND OPTARG PWD OLDPWD UID EUID RANDOM LINENO SECONDS SHELLOPTS BASHOPTS PS1 PS4 "
    "ENV BASH_ENV SHLVL HOME CDPATH folder claim rc why caught begun signal timer late pid word "
    "value a.b 1x BASH_FUNC_x%% -x LC_ALL TERM GROUPS BASH_VERSION DIRSTACK EPOCHSECONDS SRANDOM "
    "FUNCNAME PIPESTATUS BASHPID COLUMNS TMOUT TIMEFORMAT POSIXLY_CORRECT HISTSIZE MAIL"
)
SCRIPTS_OWN = one_of("folder claim rc why caught begun signal timer late pid word value name line")
ENVIRONMENT = st.dictionaries(VARIABLE | PLAIN | OWN, TEXT, max_size=4)

arriving = settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def fresh(tmp_path_factory):
    """Makes a new folder for each example of a property."""
    return lambda: tmp_path_factory.mktemp("job")


def printed(attempt, **more):
    """Run an attempt of `printf '%s\\0'` or `env -0`, and return what it has printed."""
    assert attempt.run(**more) == 0
    assert attempt.report.rc == 0, attempt.read("job.stderr")
    return attempt.read("job.stdout").split(b"\0")[:-1]


@arriving
@given(st.lists(TEXT, min_size=1, max_size=5), st.none() | st.just(30.0))
@example(["-n", "--", "-e", "a\\nb", "'", "''\n''", "$HOME", "`id -un`", 'a"b', "*", "~", ""], None)
def test_arguments(shell_path, fresh, words, timeout):
    cmd = [PRINT, "%s\\0", *words]
    attempt = Attempt(fresh() / "0", cmd, shell=shell_path, timeout=timeout)
    assert printed(attempt) == [os.fsencode(word) for word in words]


@arriving
@given(ENVIRONMENT, st.none() | st.just(30.0))
def test_environment_of_the_job(shell_path, fresh, env, timeout):
    attempt = Attempt(fresh() / "0", [ENV, "-0"], shell=shell_path, env=env, timeout=timeout)
    arrived = dict(
        line.split(b"=", 1) for line in printed(attempt, env={"PATH": os.environ["PATH"]})
    )
    wanted = {os.fsencode(name): os.fsencode(value) for name, value in env.items()}
    assert {name: arrived.get(name) for name in wanted} == wanted
    extra = arrived.keys() - wanted.keys() - {os.fsencode(name) for name in SHELLS_OWN}
    assert extra <= {b"PATH"}


@arriving
@given(st.dictionaries(PLAIN | SCRIPTS_OWN, TEXT, max_size=4), st.none() | st.just(30.0))
def test_environment_that_the_script_is_started_with(shell_path, fresh, env, timeout):
    env = {name: value for name, value in env.items() if is_plain_variable(name)}
    attempt = Attempt(fresh() / "0", [ENV, "-0"], shell=shell_path, timeout=timeout)
    lines = printed(attempt, env=env | {"PATH": os.environ["PATH"]})
    arrived = dict(line.split(b"=", 1) for line in lines)
    wanted = {os.fsencode(name): os.fsencode(value) for name, value in env.items()}
    assert {name: arrived.get(name) for name in wanted} == wanted


@arriving
@given(NAME, NAME)
@example("a b", "-x")
@example("it's", "a\nb")
def test_names_of_the_folders(shell_path, fresh, metadir, cwd):
    root = fresh()
    for name in {metadir, cwd}:
        (root / name).mkdir()
    cmd = [shutil.which("pwd")]
    attempt = Attempt(root / metadir / "0", cmd, shell=shell_path, cwd=f"{root}/{cwd}")
    assert attempt.run() == 0
    assert attempt.read("job.stdout") == os.fsencode(f"{root}/{cwd}\n")
    assert attempt.read("job.stderr") == b""
    assert attempt.report.rc == 0


@arriving
@given(NAME, st.booleans(), st.none() | st.just(30.0))
@example("-x", False, None)
@example("-x", True, 30.0)
@example("echo", False, None)
@example("report", False, None)
@example("exit", False, 30.0)
@example("a=b", False, None)
@example("a=b", True, None)
@example("a=b", True, 30.0)
@example("-a=b", False, None)
@example("-n=1", True, 30.0)
def test_names_of_programs(shell_path, fresh, name, odd, timeout):
    root = fresh()
    (root / "bin").mkdir()
    (root / "bin" / name).symlink_to(PRINT)
    env = {"PATH": f"{root}/bin"} | ({"a.b": "c"} if odd else {})
    cmd = [name, "%s\\0", "a\\nb", "-n"]
    attempt = Attempt(root / "0", cmd, shell=shell_path, env=env, timeout=timeout)
    assert printed(attempt) == [b"a\\nb", b"-n"]


def test_echo_is_the_program_and_not_the_built_in(attempt):
    job = attempt(["echo", "a\\nb"])
    job.run()
    assert job.read("job.stdout") == b"a\\nb\n"


def test_an_argument_of_100_000_characters(attempt):
    job = attempt([PRINT, "%s\\0", "x" * 100_000, "'" * 20_000])
    assert [len(word) for word in printed(job)] == [100_000, 20_000]


@pytest.mark.parametrize("env", [{"d": "e"}, {"odd.name": "e"}, {"odd.name": None}], ids=str)
def test_a_program_name_with_an_equals_sign(attempt, tmp_path, env):
    (tmp_path / "a=b").symlink_to(ENV)
    inherited = {"PATH": os.environ["PATH"], "odd.name": "inherited"}
    arrived = printed(attempt([f"{tmp_path}/a=b", "-0"], env=env), env=inherited)
    assert set(arrived) >= {f"{k}={v}".encode() for k, v in env.items() if v is not None}
    assert (b"odd.name=inherited" in arrived) <= ("odd.name" not in env)


def test_a_program_with_an_equals_sign_that_is_not_there(attempt):
    job = attempt(["no=program"], env={"odd.name": "e"})
    assert job.run() == ScriptExit.REPORTED
    assert job.report.rc == 127
    assert b"no=program" in job.read("job.stderr")


@arriving
@given(
    st.dictionaries(VARIABLE | PLAIN | OWN, st.none() | TEXT, max_size=4), st.none() | st.just(30.0)
)
@example({"PATH": None}, None)
@example({"PATH": None, "_": None, "PWD": None, "OLDPWD": None, "-u": None}, 30.0)
@example({"a.b": None, "c-d": "e", "HOME": None, "command_of_job": None}, None)
def test_a_variable_that_is_none_is_unset(shell_path, fresh, env, timeout):
    attempt = Attempt(fresh() / "0", ["env", "-0"], shell=shell_path, env=env, timeout=timeout)
    # A shell that is started with other values for these does not work as usual.
    shells_own = {"IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "POSIXLY_CORRECT"}
    inherited = {name: "1" for name in env if name not in shells_own}
    arrived = dict(
        line.split(b"=", 1)
        for line in printed(attempt, env=inherited | {"PATH": os.environ["PATH"]})
    )
    found = {name: arrived.get(os.fsencode(name)) for name in env}
    assert found == {
        name: None if value is None else os.fsencode(value) for name, value in env.items()
    }


def test_a_person_can_read_what_is_unset(attempt):
    job = attempt(["true"], env={"A": "1", "B": None, "c.d": None, "e.f": "2"})
    text = Path(job.script).read_text()
    assert "\n    export A=1\n    unset B\n    exec /usr/bin/env -u c.d -- e.f=2 true\n" in text


def test_nothing_but_the_command_is_on_the_path(attempt, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "only").symlink_to(PRINT)
    job = attempt(["only", "%s\\0", "a"])
    assert printed(job, env={"PATH": f"{tmp_path}/bin"}) == [b"a"]
    assert job.printed == (b"", b"")


def test_no_input_and_no_inherited_output(attempt):
    job = attempt(["sh", "-c", "cat; echo out; echo err >&2"])
    assert job.run() == 0
    assert job.printed == (b"", b"")
    assert (job.read("job.stdout"), job.read("job.stderr")) == (b"out\n", b"err\n")


# --- what is reported ----------------------------------------------------------------------------


def test_success(attempt):
    job = attempt(["true"])
    assert job.run() == ScriptExit.REPORTED
    assert job.report.rc == 0
    assert job.read("job.rc") == b"0\n"
    assert job.read("job.status").splitlines()[0] == b"RUNNING"
    assert job.read("job.status").splitlines()[-1] == b"FINISHED"
    assert not (job.folder / "job.lock").exists()
    assert read_usage(str(job.folder), job.claim).cpu >= 0


def test_the_lock_is_emptied(attempt):
    job = attempt(["true"])
    (job.folder / "job.lock").write_text("17\n")
    job.run()
    assert job.read("job.lock") == b""


@pytest.mark.parametrize("rc", [1, 2, 73, 75, 99, 100, 124, 126, 127, 128, 255])
def test_an_exit_status_is_reported_and_the_script_exits_0(attempt, rc):
    job = attempt(["sh", "-c", f"exit {rc}"])
    assert job.run() == ScriptExit.REPORTED
    assert job.report.rc == rc
    assert job.report.failure.kind is FailureKind.EXIT
    assert job.read("job.status").splitlines()[-1] == b"FAILED"


def test_a_signal_that_ends_the_command(attempt):
    job = attempt(["sh", "-c", "kill -KILL $$"])
    assert job.run() == ScriptExit.REPORTED
    assert job.report.rc == 137
    assert job.report.failure.kind is FailureKind.SIGNAL
    assert "SIGKILL" in job.report.failure.detail


def test_a_command_that_is_not_there(attempt):
    job = attempt(["/no/such/program"])
    assert job.run() == ScriptExit.REPORTED
    assert job.report.rc == 127
    assert b"/no/such/program" in job.read("job.stderr")


def test_a_command_that_is_no_program(attempt):
    job = attempt(["/etc"])
    assert job.run() == ScriptExit.REPORTED
    assert job.report.rc == 126


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_to_the_script_alone_is_recorded_and_the_command_goes_on(attempt, number):
    job = attempt_with_fifo(attempt)
    with job.start() as process:
        wait_for((job.folder / "begun").exists)
        process.send_signal(number)
        (job.folder / "fifo").write_text("go\n")
        assert process.wait(10) == ScriptExit.REPORTED
    assert job.report.rc == 7
    assert f"caught {number.name.removeprefix('SIG')}" in job.report.failure.detail


def attempt_with_fifo(attempt, **more):
    """Make an attempt that begins, waits for a line in a pipe, and exits with 7."""
    job = attempt(["true"])
    for path in job.folder.iterdir():
        path.unlink()
    os.mkfifo(job.folder / "fifo")
    script = ': >begun; read -r line <fifo; [ "$line" = go ]; exit 7'
    return attempt(["sh", "-c", script], **({"cwd": str(job.folder)} | more))


def test_a_signal_to_the_whole_session_ends_the_command_and_is_reported(attempt):
    job = attempt_with_fifo(attempt)
    with job.start() as process:
        wait_for((job.folder / "begun").exists)
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(10) == ScriptExit.REPORTED
    assert job.report.rc == 143
    assert job.report.failure.kind is FailureKind.SIGNAL
    assert "caught TERM" in job.report.failure.detail


# --- the claim -----------------------------------------------------------------------------------


def test_of_two_copies_at_once_one_runs(attempt, tmp_path):
    job = attempt(["sh", "-c", f"echo run >>'{tmp_path}/ledger'"])
    for _ in range(10):
        for path in job.folder.iterdir():
            if path.name != "job.wrapped.test":
                path.unlink()
        (tmp_path / "ledger").unlink(missing_ok=True)
        copies = [job.start() for _ in range(4)]
        for copy in copies:
            copy.communicate()
        codes = sorted(copy.returncode for copy in copies)
        assert codes == [ScriptExit.REPORTED] + [ScriptExit.CLAIMED] * 3
        assert (tmp_path / "ledger").read_text() == "run\n"


def test_a_late_copy_touches_nothing(attempt):
    job = attempt(["echo", "hi"])
    job.run()
    before = {path: path.stat().st_mtime_ns for path in job.folder.iterdir()}
    assert job.run() == ScriptExit.CLAIMED
    assert b"a copy of this attempt has begun" in job.printed[1]
    assert {path: path.stat().st_mtime_ns for path in job.folder.iterdir()} == before


def test_another_attempt_has_another_claim(attempt):
    attempt(["echo", "one"]).run()
    second = attempt(["echo", "two"], token="cd")
    assert second.run() == ScriptExit.REPORTED
    assert second.read("job.stdout") == b"two\n"


def test_the_claim_says_which_process_has_it(attempt):
    job = attempt_with_fifo(attempt)
    with job.start() as process:
        wait_for((job.folder / "begun").exists)
        assert Path(job.claim).read_text() == f"pid {process.pid}\n"
        (job.folder / "fifo").write_text("go\n")


def test_a_requeue_of_the_same_id_after_a_crash_runs_again(attempt, tmp_path):
    job = attempt_with_fifo(attempt, uid="$JOB_ID")
    with job.start(env=os.environ | {"JOB_ID": "17"}) as process:
        wait_for((job.folder / "begun").exists)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    (job.folder / "begun").unlink()
    # A script that sees another id is a second copy, and not the same job after a host crash.
    assert job.run(env=os.environ | {"JOB_ID": "18"}) == ScriptExit.CLAIMED
    assert not (job.folder / "begun").exists()
    with job.start(env=os.environ | {"JOB_ID": "17"}) as process:
        wait_for((job.folder / "begun").exists)
        (job.folder / "fifo").write_text("go\n")
        assert process.wait(10) == ScriptExit.REPORTED
    assert job.report.rc == 7
    assert "again\n" in Path(job.claim).read_text()


def test_a_requeue_after_the_end_does_not_run_again(attempt, tmp_path):
    job = attempt(["sh", "-c", f"echo run >>'{tmp_path}/ledger'"], uid="$JOB_ID")
    assert job.run(env=os.environ | {"JOB_ID": "17"}) == ScriptExit.REPORTED
    assert job.run(env=os.environ | {"JOB_ID": "17"}) == ScriptExit.CLAIMED
    assert (tmp_path / "ledger").read_text() == "run\n"


def test_run_by_hand_runs_the_command_and_nothing_else(attempt, tmp_path):
    job = attempt(["sh", "-c", 'echo "$A" in "$PWD"; exit 3'], env={"A": "hi"}, cwd=str(tmp_path))
    before = sorted(job.folder.iterdir())
    for _ in range(2):
        assert job.run("run") == 3
        assert job.printed == (f"hi in {tmp_path}\n".encode(), b"")
    assert sorted(job.folder.iterdir()) == before


# --- errors before the command starts, and after it has ended ------------------------------------


def test_a_working_folder_that_is_gone(attempt, tmp_path):
    job = attempt(["true"], cwd=f"{tmp_path}/gone")
    assert job.run() == ScriptExit.NOT_STARTED
    assert (job.report.rc, job.report.started) == (None, False)
    assert job.report.failure.kind is FailureKind.NEVER_STARTED
    assert "working folder" in job.report.failure.detail
    assert b"gone" in job.read("job.stderr")


def test_a_folder_that_cannot_be_written_to(attempt):
    job = attempt(["true"])
    script = job.script
    moved = job.folder.rename(job.folder.with_name("moved"))
    job.script = f"{moved}/{Path(script).name}"
    assert job.run() == ScriptExit.NOT_STARTED


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk):
    with pytest.raises(OSError, match="space"):
        (disk / "ballast").write_bytes(b"x" * 100_000)


def test_a_disk_that_is_full_before_the_start(small_disk, shell_path):
    job = Attempt(small_disk / "0", ["true"], shell=shell_path)
    fill(small_disk)
    assert job.run() == ScriptExit.NOT_STARTED
    assert job.report.rc is None


def test_a_disk_that_is_full_at_the_end(small_disk, shell_path):
    cmd = ["sh", "-c", f"cat /dev/zero >{small_disk}/ballast; exit 0"]
    job = Attempt(small_disk / "0", cmd, shell=shell_path)
    assert job.run() == ScriptExit.NO_REPORT
    assert job.report.rc is None
    assert job.report.started


# --- timeout -------------------------------------------------------------------------------------


def test_a_timeout_ends_the_command(attempt):
    job = attempt(["sleep", "60"], timeout=0.1)
    began = time.monotonic()
    assert job.run() == ScriptExit.TIMED_OUT
    assert time.monotonic() - began < 5
    assert job.report.rc == 143
    assert job.report.failure.kind is FailureKind.TIMEOUT


def test_a_timeout_kills_what_ignores_sigterm(attempt):
    job = attempt(["sh", "-c", 'trap "" TERM; while :; do :; done'], timeout=0.1, kill_grace=0.1)
    assert job.run() == ScriptExit.TIMED_OUT
    assert job.report.rc == 137
    assert job.report.failure.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize("timeout", [0.000001, 0.001, 0.003])
def test_a_timeout_that_is_over_before_the_command_begins(attempt, timeout):
    for token in range(5):
        job = attempt(["sleep", "60"], timeout=timeout, token=f"{token}")
        assert job.run() == ScriptExit.TIMED_OUT
        assert job.report.failure.kind is FailureKind.TIMEOUT


def test_a_quick_command_does_not_time_out(attempt):
    for token in range(20):
        job = attempt(["true"], timeout=30.0, token=f"{token}")
        assert job.run() == ScriptExit.REPORTED
        assert job.report.rc == 0
    job = attempt(["false"], timeout=30.0, token="ff")
    assert job.run() == ScriptExit.REPORTED
    assert job.report.failure.kind is FailureKind.EXIT


def test_a_quick_command_does_not_wait_for_its_timer(attempt):
    began = time.monotonic()
    for token in range(100):
        assert attempt(["true"], timeout=600.0, token=f"{token}").run() == ScriptExit.REPORTED
    assert time.monotonic() - began < 60


def test_no_timer_is_left_behind(attempt):
    job = attempt(["true"], timeout=3600.0)
    with job.start() as process:
        process.communicate()
        wait_for(lambda: not _session(process.pid))


def _session(leader):
    """Return the processes of a session that have not ended."""
    table = subprocess.run(["ps", "-eo", "sess=,pid=,stat="], stdout=subprocess.PIPE, check=True)
    rows = [line.split() for line in table.stdout.decode().splitlines()]
    return [pid for session, pid, state in rows if session == f"{leader}" and state[0] != "Z"]


def test_the_timer_needs_nothing_on_the_path(attempt, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "only").symlink_to(shutil.which("sleep"))
    job = attempt(["only", "0.05"], timeout=30.0)
    assert job.run(env={"PATH": f"{tmp_path}/bin"}) == ScriptExit.REPORTED
    job = attempt(["only", "60"], timeout=0.1, token="cd")
    assert job.run(env={"PATH": f"{tmp_path}/bin"}) == ScriptExit.TIMED_OUT


def test_no_text_of_a_job_becomes_a_directive_of_a_batch_system(attempt):
    text = "one\n#$ -p -1\n#SBATCH -p x\n\n#\n'#"
    job = attempt([PRINT, "%s", text], env={"A": text, "B-C": text})
    assert job.run() == 0
    assert job.read("job.stdout").decode() == text
    lines = Path(job.script).read_text().split("\n")
    assert not [line for line in lines if line.startswith(("#$", "#SBATCH"))]


def test_notes_are_in_the_claim_and_hide_no_pid(attempt):
    job = attempt(["true"], notes="host $PLACE")
    assert job.run(env={"PLACE": "n1"}) == 0
    words = Path(job.claim).read_text().split()
    assert words[0] == "pid"
    assert words[2:] == ["host", "n1"]
