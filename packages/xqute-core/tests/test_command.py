"""What can't be a command, or come with one, is a clear error of `push`."""

import enum
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from pathlib import Path

import pytest

from xqute import InvalidType, InvalidValue, Retry, argument_text

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("cmd", "error", "says"),
    [
        ([], InvalidValue, "empty"),
        ((), InvalidValue, "empty"),
        ([""], InvalidValue, "empty"),
        ("echo 1", InvalidType, r"push\(\['echo', '1'\]\).*push\(\['sh', '-c', 'echo 1'\]\)"),
        ("", InvalidType, "push"),
        (b"echo", InvalidType, "bytes"),
        (bytearray(b"echo"), InvalidType, "bytearray"),
        (None, InvalidType, "NoneType"),
        (7, InvalidType, "int"),
        ({"echo": 1}, InvalidType, "dict"),
        ({"echo"}, InvalidType, "set"),
        ((word for word in ["echo"]), InvalidType, "generator"),
        (["echo", None], InvalidType, "argument 1 .*NoneType"),
        (["echo", b"1"], InvalidType, "argument 1 .*bytes"),
        (["echo", True], InvalidType, "argument 1 .*bool"),
        (["echo", ["1"]], InvalidType, "argument 1 .*list"),
        (["echo", "a\0b"], InvalidValue, "argument 1 holds a NUL"),
        (["echo", Path("a\0b")], InvalidValue, "argument 1 holds a NUL"),
        (["echo", "x" * 200_000], InvalidValue, "argument 1 is too long"),
        (["echo", "é" * 70_000], InvalidValue, "argument 1 is too long"),
        (["echo", "\ud800"], InvalidValue, "argument 1"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_command(make, tmp_path, cmd, error, says):
    async with make() as xqute:
        with pytest.raises(error, match=says):
            await xqute.push(cmd)
        assert xqute.jobs == []


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        ({"env": {"a=b": "c"}}, InvalidValue, "a=b"),
        ({"env": {"a\0": "c"}}, InvalidValue, "NUL"),
        ({"env": {"": "c"}}, InvalidValue, "empty"),
        ({"env": {"a": "\0"}}, InvalidValue, "variable a holds a NUL"),
        ({"env": {"a": True}}, InvalidType, "variable a"),
        ({"env": {"a=b": None}}, InvalidValue, "a=b"),
        ({"env": {"": None}}, InvalidValue, "empty"),
        ({"env": {"a" * 200_000: None}}, InvalidValue, "too long"),
        ({"env": {None: None}}, InvalidType, "None"),
        ({"env": {b"a": "b"}}, InvalidType, "b'a'"),
        ({"env": {"\ud800": "b"}}, InvalidValue, "variable"),
        ({"env": {"a": "\ud800"}}, InvalidValue, "variable a"),
        ({"env": {"a": "x" * 131_070}}, InvalidValue, "too long"),
        ({"env": {"é" * 60_000: "é" * 60_000}}, InvalidValue, "too long"),
        ({"env": ["a=b"]}, InvalidType, "mapping"),
        ({"env": []}, InvalidType, "mapping"),
        ({"cwd": "/no/such/folder"}, InvalidValue, "/no/such/folder"),
        ({"cwd": "/etc/passwd"}, InvalidValue, "not a folder"),
        ({"cwd": "a\0b"}, InvalidValue, "NUL"),
        ({"cwd": b"/"}, InvalidType, "cwd is a path"),
        ({"timeout": 0}, InvalidValue, "above 0"),
        ({"timeout": -1}, InvalidValue, "timeout"),
        ({"timeout": float("inf")}, InvalidValue, "finite"),
        ({"timeout": float("nan")}, InvalidValue, "finite"),
        ({"timeout": "1"}, InvalidType, "seconds"),
        ({"timeout": True}, InvalidType, "seconds"),
        ({"timeout": 10**400}, InvalidValue, "finite"),
        ({"timeout": Fraction(1, 2)}, InvalidType, "seconds"),
        ({"env": {"a": Fraction(1, 2)}}, InvalidType, "variable a"),
        ({"name": 1}, InvalidType, "name"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_what_comes_with_a_command(make, more, error, says):
    async with make() as xqute:
        with pytest.raises(error, match=says):
            await xqute.push(["exit", 0], **more)
        assert xqute.jobs == []


async def test_words_may_be_texts_paths_and_numbers(make):
    async with make() as xqute:
        job = await xqute.push(["run", Path("a/b"), 3, 1.5])
        await job.kill()
    assert job.cmd == ("run", "a/b", "3", "1.5")


async def test_none_unsets_a_variable_of_the_run_and_a_value_sets_it_again(make):
    async with make(env={"A": 1, "B": None, "C": None, "D": 2}) as xqute:
        job = await xqute.push(["run"], env={"A": None, "B": 3})
        plain = await xqute.push(["run"])
        await job.kill()
        await plain.kill()
    found = [each.environment(xqute.scheduler) for each in (job, plain)]
    assert found == [
        {"A": None, "B": "3", "C": None, "D": "2"},
        {"A": "1", "B": None, "C": None, "D": "2"},
    ]


async def test_the_longest_word_that_the_system_takes(make):
    async with make() as xqute:
        job = await xqute.push(["run", "x" * 131_071])
        await job.kill()
        with pytest.raises(InvalidValue, match="it may have 131,071 bytes at most"):
            await xqute.push(["run", "x" * 131_072])
    assert len(job.cmd[1]) == 131_071


# --- a subclass of str is the string that it holds; a number of numpy is a number -----------------


class Colour(str, enum.Enum):  # noqa: UP042  # a StrEnum is its value in `str` already
    RED = "red"
    FOLDER = "/tmp"
    SHELL = "sh"
    IGNORE = "ignore"


class Shouting(str):
    """A str whose `__str__` returns something else, and that has the protocol of a path."""

    __slots__ = ()

    def __str__(self):
        return self.upper() + "!"

    def __format__(self, spec):
        return "formatted"

    def __fspath__(self):
        return "as a path"


class ShoutingPath:
    def __fspath__(self):
        return Shouting("a/b")


class Size(int, enum.Enum):
    BIG = 7


class Share(float, enum.Enum):
    HALF = 0.5


class Int64:
    """A whole number that is no int, as numpy.int64 is none."""

    def __init__(self, value):
        self.value = value

    def __int__(self):
        return self.value

    def __str__(self):
        return f"{self.value}"

    def __repr__(self):
        return f"Int64({self.value})"


class Float32:
    """A number that is no float, and that has fewer digits than the float that is equal to it."""

    def __init__(self, text):
        self.text = text

    def __float__(self):
        return float(self.text)

    def __str__(self):
        return self.text

    def __repr__(self):
        return f"Float32({self.text})"


Integral.register(Int64)
Real.register(Float32)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Colour.RED, "red"),
        (Shouting("hello"), "hello"),
        (ShoutingPath(), "a/b"),
        (Size.BIG, "7"),
        (Share.HALF, "0.5"),
        (Int64(-3), "-3"),
        (Int64(2**70), "1180591620717411303424"),
        (Float32("0.1"), "0.1"),
        (float("nan"), "nan"),
        (1e-7, "1e-07"),
    ],
    ids=repr,
)
async def test_an_argument_is_the_text_that_it_holds(make, given, text):
    async with make() as xqute:
        job = await xqute.push(["run", given], env={"A": given})
        await job.kill()
    arrived = [job.cmd[1], job.env["A"], argument_text(given, "it")]
    assert arrived == [text] * 3
    assert [type(value) for value in arrived] == [str] * 3


async def test_names_and_paths_are_the_strings_that_they_hold(make):
    async with make(shell=Colour.SHELL, job_error_strategy=Colour.IGNORE) as xqute:
        job = await xqute.push(
            ["run"],
            env={Colour.RED: 1, Shouting("Name"): 2},
            name=Shouting("me"),
            cwd=Colour.FOLDER,
        )
        await job.kill()
    assert (job.env, job.name, job.cwd) == ({"red": "1", "Name": "2"}, "me", "/tmp")
    kept = [*job.env, job.name, job.cwd, xqute.scheduler.options["shell"]]
    assert [type(value) for value in kept] == [str] * 5


async def test_job_metadir_is_the_string_that_it_holds(make, tmp_path):
    async with make(job_metadir=Shouting(tmp_path / "mine")) as xqute:
        pass
    assert xqute.scheduler.job_metadir == tmp_path / "mine"


async def test_counts_and_times_may_be_numbers_of_any_kind(make):
    more = {"job_num_retries": Int64(2), "job_retry_delay": Float32("0.5")}
    async with make(scheduler_forks=Int64(3), kill_grace=Int64(1), **more) as xqute:
        job = await xqute.push(["run"], timeout=Float32("2.5"))
        await job.kill()
        assert xqute.forks == 3
        xqute.forks = Int64(4)
    found = [xqute.forks, xqute.scheduler.options["kill_grace"], job.timeout, Retry(Int64(5)).delay]
    assert found == [4, 1, 2.5, 5]
    assert [type(value) for value in found] == [int, int, float, int]


@pytest.mark.parametrize("value", [True, Decimal(1), Fraction(1, 2), 1j, b"1", object()], ids=repr)
def test_what_is_no_text_and_no_number_is_refused(value):
    with pytest.raises(InvalidType, match="it is a str"):
        argument_text(value, "it")
    with pytest.raises(InvalidType):
        Retry(value)


def test_a_fraction_is_refused_though_it_is_a_real():
    assert isinstance(Fraction(1, 2), Rational)
    assert isinstance(Fraction(1, 2), Real)


async def test_the_numbers_and_texts_of_numpy(make):
    numpy = pytest.importorskip("numpy")
    words = [
        numpy.int64(5), numpy.uint8(255), numpy.float32(0.1), numpy.float64(0.1), numpy.str_("a b"),
    ]  # fmt: skip
    async with make(scheduler_forks=numpy.int32(2)) as xqute:
        job = await xqute.push(["run", *words], timeout=numpy.float32(1.5), name=numpy.str_("n"))
        await job.kill()
        with pytest.raises(InvalidType):
            await xqute.push(["run", numpy.bool_(True)])
    assert job.cmd == ("run", "5", "255", "0.1", "0.1", "a b")
    assert (xqute.forks, job.timeout, job.name) == (2, 1.5, "n")
