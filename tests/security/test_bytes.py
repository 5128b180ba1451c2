"""No shell and no format interprets any byte of a command, an environment or a path."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xqute import InvalidType, InvalidValue, Xqute
from xqute.schedulers.sge import SgeJob, _directives

pytestmark = pytest.mark.anyio

ODD = b"$`'\"\\\n\t {}%#!*?[]~;&|<>()=-@^\x01\x1b\x7f\xff\xc3\xa9"
EVIL = [
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\n#$ -q evil\n",
    "\n#$ -sync y\ntouch pwned\n",
    "{folder} {0} {} {{",
    "%s%n %(x)s",
    "&lt;&a;<!ENTITY>",
    "EOF\ntouch pwned\nEOF",
    "-n -e --help",
    "!!",
    "~root/*",
    "\\\n\\n\\0",
]
texts = st.one_of(
    st.sampled_from(EVIL),
    st.lists(st.sampled_from(list(ODD)), max_size=12).map(bytes),
    st.binary(max_size=12),
).map(
    lambda text: (
        text.replace(b"\0", b"").decode("utf-8", "surrogateescape")
        if isinstance(text, bytes)
        else text
    )
)
NAMES = st.text("ABCXYZabcxyz_.-%{}$ ", min_size=1, max_size=8)
PRINT, ENV = shutil.which("printf"), shutil.which("env")


def made(folder):
    folder.mkdir()
    return folder


def names_in(folder):
    return {path.name for path in Path(folder).iterdir()}


def raw(text):
    return text.encode("utf-8", "surrogateescape")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.lists(texts, min_size=1), texts, texts), min_size=8, max_size=8))
@example([([evil], evil, evil) for evil in EVIL])
async def test_local(jobs):
    with tempfile.TemporaryDirectory() as folder:
        async with Xqute(job_metadir=Path(folder, "jobs"), cwd=folder, scheduler_forks=2) as xqute:
            pushed = []
            for words, value, name in jobs:
                printed = await xqute.push([PRINT, "%s\\0", *words], name=name)
                listed = await xqute.push([ENV, "-0"], env={"x.y": value, "VALUE": value})
                pushed.append((words, value, printed, listed))
        for words, value, printed, listed in pushed:
            assert printed.rc == 0
            assert printed.stdout_file.read_bytes() == b"".join(raw(word) + b"\0" for word in words)
            variables = listed.stdout_file.read_bytes().split(b"\0")
            assert b"VALUE=" + raw(value) in variables
            assert b"x.y=" + raw(value) in variables
        assert names_in(folder) == {"jobs"}


@settings(max_examples=15, deadline=None)
@given(texts.filter(lambda text: text not in ("", ".", "..") and len(raw(text)) < 200))
async def test_paths(name):
    name = name.replace("/", "_")
    with tempfile.TemporaryDirectory() as folder:
        metadir, cwd = Path(folder, "jobs", f"m{name}"), made(Path(folder, f"w{name}"))
        async with Xqute(job_metadir=metadir, cwd=cwd) as xqute:
            job = await xqute.push(["sh", "-c", 'printf %s "$PWD"; exec touch here'])
        assert job.stdout_file.read_bytes() == raw(str(cwd))
        assert names_in(cwd) == {"here"}
        assert job.metadir.parent == metadir


class Site:
    """The part of a scheduler that is needed to render a script."""

    name = "sge"
    dropped_variables = {}  # noqa: RUF012  # nothing changes it

    def __init__(self, options):
        self.options = {"shell": "/bin/sh", "env": None, "cwd": "/", "kill_grace": 5.0, **options}


class OneJob(SgeJob):
    __slots__ = ()
    scheduler = Site({})


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=1), texts, texts, texts, st.sampled_from([None, 60.0]))
@example(EVIL, EVIL[0], EVIL[4], EVIL[5], None)
def test_the_script_for_grid_engine(words, value, label, folder, timeout):
    with tempfile.TemporaryDirectory() as top:
        metadir = Path(top, "m" + folder.replace("/", "_"))
        metadir.mkdir()
        job = OneJob(
            0,
            (PRINT, "%s\\0", *words),
            str(metadir),
            env={"VALUE": value, "x.y": value},
            cwd=top,
            timeout=timeout,
            name=label,
            options={},
        )
        job.attempt = job.attempt.with_token("0a")
        text = job.wrap_cmd(Site({"sge_q": ("-q all.q",)}))
        directives = [line for line in text.split("\n") if line.startswith("#$")]
        assert directives == [
            f"#$ -N {job.unique_name}",
            '#$ -S "/bin/sh"',
            "#$ -o /dev/null",
            "#$ -j y",
            "#$ -q all.q",
        ]
        assert set(job.unique_name) <= set("x0123456789_.-" + "abcdefghijklmnopqrstuvwxyz".upper()
                                           + "abcdefghijklmnopqrstuvwxyz")  # fmt: skip
        job.metadir.mkdir()
        job.script_file.write_bytes(raw(text))
        done = subprocess.run(
            ["/bin/sh", job.script_path],
            env={"PATH": "/usr/bin:/bin", "JOB_ID": "7", "SGE_TASK_ID": "undefined",
                 "HOSTNAME": "h", "NSLOTS": "1"},
            cwd=top,
            capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert job.stdout_file.read_bytes() == b"".join(raw(word) + b"\0" for word in words)
        assert names_in(top) == {metadir.name}


@given(texts, texts)
def test_an_option_is_one_directive_or_refused(name, value):
    try:
        lines = _directives.make_directives(f"sge_{name}", value)
    except (InvalidType, InvalidValue):
        return
    for line in lines:
        option, *words = line.split(" ")
        assert option == f"-{name}"
        assert not any(word.startswith("-") and not word[1:2].isdigit() for word in words)
        assert not set(line) & set("#\"'\n\r\0")
