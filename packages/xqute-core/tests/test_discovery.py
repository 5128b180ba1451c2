"""Finding schedulers by name, among the entry points of installed distributions."""

import importlib
import sys

import pytest

from xqute import (
    InvalidType,
    Scheduler,
    SchedulerLoadError,
    SchedulerNotFound,
    get_scheduler,
)

MODULE = """
from xqute import Job, Scheduler

class MyJob(Job):
    def wrap_cmd(self, scheduler):
        return self.render_script(scheduler)

class MyScheduler(Scheduler):
    name = "my"
    job_class = MyJob
    async def submit_job(self, job): ...
    async def kill_job(self, job): ...
    async def job_is_running(self, job): ...

class Unfinished(Scheduler):
    name = "unfinished"
    async def submit_job(self, job): ...

def function(): ...
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution with one entry point, and the module that it points to."""

    def install(distribution, name, value, module=None, source=MODULE):
        folder = tmp_path / distribution
        info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[xqute.schedulers]\n{name} = {value}\n")
        if module is not None:
            (folder / f"{module}.py").write_text(source)
            monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
        importlib.invalidate_caches()

    return install


@pytest.fixture
def alone(monkeypatch):
    """Hides all schedulers but those that the test installs."""
    monkeypatch.setattr(sys, "path", [])


def test_a_scheduler_by_its_name(install):
    install("xqute-my", "my", "xqute_my_a:MyScheduler", "xqute_my_a")
    scheduler = get_scheduler("my")
    assert issubclass(scheduler, Scheduler)
    assert scheduler.name == "my"


def test_a_class_is_returned_as_it_is(fake):
    assert get_scheduler(fake) is fake


def test_an_unknown_name_lists_what_is_installed_and_the_nearest(install, alone):
    install("xqute-slurm", "slurm", "a:b")
    install("xqute-slow", "slow", "a:b")
    with pytest.raises(SchedulerNotFound) as caught:
        get_scheduler("slrum")
    assert "'slrum'" in str(caught.value)
    assert "did you mean 'slurm'?" in str(caught.value)
    assert "installed are: slow, slurm" in str(caught.value)


def test_an_unknown_name_where_nothing_is_installed(alone):
    with pytest.raises(SchedulerNotFound, match="installed are: none"):
        get_scheduler("sge")


def test_local_is_a_distribution_of_its_own(alone):
    with pytest.raises(SchedulerNotFound, match="pip install xqute-local"):
        get_scheduler("local")


def test_only_the_one_that_is_asked_for_is_loaded(install):
    install("xqute-broken", "broken", "xqute_broken_b:X", "xqute_broken_b", "raise SystemError")
    install("xqute-my", "my", "xqute_my_b:MyScheduler", "xqute_my_b")
    assert get_scheduler("my").name == "my"
    assert "xqute_broken_b" not in sys.modules


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("def f(:", "SyntaxError"),
        ("", "has no attribute 'MyScheduler'"),
    ],
)
def test_one_that_fails_to_import_says_whose_it_is(install, source, says):
    install("xqute-broken", "broken", "xqute_broken_c:MyScheduler", "xqute_broken_c", source)
    with pytest.raises(SchedulerLoadError) as caught:
        get_scheduler("broken")
    assert "distribution xqute-broken" in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.__cause__ is not None


def test_two_of_one_name_are_an_error_naming_both(install):
    install("xqute-one", "twin", "one:A")
    install("xqute-two", "twin", "two:B")
    with pytest.raises(SchedulerLoadError) as caught:
        get_scheduler("twin")
    assert "xqute-one (one:A)" in str(caught.value)
    assert "xqute-two (two:B)" in str(caught.value)


@pytest.mark.parametrize("value", ["function", "MyJob", "MODULE_DOES_NOT_MATTER"])
def test_what_is_no_scheduler(install, value):
    source = MODULE + "\nMODULE_DOES_NOT_MATTER = 1\n"
    install("xqute-odd", "odd", f"xqute_odd_d:{value}", "xqute_odd_d", source)
    with pytest.raises(SchedulerLoadError, match=r"is not a subclass of xqute\.Scheduler"):
        get_scheduler("odd")


def test_one_that_is_not_finished_says_what_it_lacks(install):
    install("xqute-odd", "odd", "xqute_odd_e:Unfinished", "xqute_odd_e")
    with pytest.raises(SchedulerLoadError, match="lacks: job_is_running, kill_job, job_class"):
        get_scheduler("odd")


@pytest.mark.parametrize("scheduler", [None, 1, int, ["local"]])
def test_neither_a_name_nor_a_scheduler(scheduler):
    with pytest.raises(InvalidType, match="subclass of Scheduler"):
        get_scheduler(scheduler)
