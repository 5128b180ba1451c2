"""What a third party gets that installs xqute-testing, without any configuration."""

import subprocess
import sys

import pytest

# A third party needs only the mark for async tests.
ASYNC = """
import pytest
from xqute import Xqute, simplug
from xqute_testing.scripted import fails

pytestmark = pytest.mark.anyio
"""
RUN = """
async def run(path, **options):
    async with Xqute("scripted", job_metadir=path, **options) as xqute:
        await xqute.push(["true"])
    return xqute.jobs[0]
"""


@pytest.fixture
def third_party(tmp_path):
    """Runs a file of tests without any configuration; warnings are errors."""

    def third_party(text, *options, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.py").write_text(content)
        (tmp_path / "test_it.py").write_text(text)
        words = ["-q", "-W", "error", "-p", "no:cacheprovider", "--strict-markers", *options]
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        return ended.stdout + ended.stderr

    return third_party


def test_async_tests_need_one_line(third_party):
    said = third_party(
        f"""{ASYNC}{RUN}
async def test_it(tmp_path, recorder):
    job = await run(tmp_path, plugins=[recorder], script={{0: fails(3)}})
    assert job.rc == 3
    recorder.check("0: init queued submitted running failed")
"""
    )
    assert "1 passed" in said, said


def test_a_failure_of_the_recorder_can_be_read(third_party):
    said = third_party(
        f"""{ASYNC}{RUN}
async def test_it(tmp_path, recorder):
    await run(tmp_path, plugins=[recorder])
    recorder.check("0: init queued submitted running failed")
"""
    )
    shown = [
        ">       recorder.check(",
        "E         wanted: init queued submitted running failed\n",
        "E         called: init queued submitted running succeeded\n",
        f"E       {' ' * 40}^\n",
    ]
    assert [line for line in shown if line not in said] == [], said
    assert "def check" not in said


@pytest.mark.parametrize("options", [[], ["-p", "no:xqute-testing"]], ids=["both", "import"])
def test_the_fixtures_can_be_imported(third_party, options):
    said = third_party(
        f"""
from xqute_testing import fake_gridengine, no_hook_plugins, recorder
{ASYNC}{RUN}
async def test_it(tmp_path, recorder, no_hook_plugins, fake_gridengine):
    await run(tmp_path, plugins=[recorder])
    assert recorder.jobs("succeeded") == [0]
""",
        *options,
    )
    assert "1 passed" in said, said


def test_a_plugin_is_gone_in_the_next_test(third_party):
    said = third_party(
        f"""{ASYNC}{RUN}
class Plugin:
    name = "mine"
    called = []

    @simplug.impl
    async def on_job_succeeded(self, scheduler, job):
        self.called.append(job.index)

async def test_it_is_registered(tmp_path):
    simplug.register(Plugin())
    await run(tmp_path)
    assert Plugin.called == [0]

async def test_it_is_gone(tmp_path):
    assert simplug.get_all_plugin_names() == []
    await run(tmp_path)
    assert Plugin.called == [0]

async def test_it_is_registered_again(tmp_path):
    simplug.register(Plugin())
    await run(tmp_path)
    assert Plugin.called == [0, 0]
"""
    )
    assert "3 passed" in said, said


INSTALLED = """
from xqute import simplug

called = []

@simplug.impl
async def on_job_succeeded(scheduler, job):
    called.append(job.index)
"""


def test_an_installed_plugin_is_left_out(third_party, tmp_path):
    info = tmp_path / "theirs-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[xqute]\ntheirs = theirs\n")
    said = third_party(
        f"""{ASYNC}{RUN}
async def test_it_is_not_called(tmp_path, no_hook_plugins):
    import theirs
    await run(tmp_path)
    assert theirs.called == []

async def test_it_is_called(tmp_path):
    import theirs
    await run(tmp_path)
    assert theirs.called == [0]

async def test_and_again(tmp_path):
    import theirs
    await run(tmp_path)
    assert theirs.called == [0, 0]
""",
        theirs=INSTALLED,
    )
    assert "3 passed" in said, said


def test_xqute_is_not_imported_before_the_first_test(third_party):
    # Otherwise coverage would miss the lines that run during its import.
    said = third_party(
        """
import sys
SEEN = [name for name in sys.modules if name.split(".")[0] == "xqute"]
SEEN += [name for name in sys.modules if name.startswith("xqute_testing.suite")]

def test_it():
    assert SEEN == []
"""
    )
    assert "1 passed" in said, said


def test_a_failure_of_the_suite_names_the_promise_and_what_was_compared(third_party):
    said = third_party(
        """
import pytest
from xqute_testing.scripted import ScriptedScheduler
from xqute_testing.suite import ExitStatuses, UnderTest

@pytest.fixture
def under_test():
    return UnderTest(ScriptedScheduler)

class TestIt(ExitStatuses):
    pass
""",
        "-x",
    )
    assert "the contract (docs/on-disk.md: The files of a job): `rc` is the exit status" in said
    assert "E       assert 0 == 1\n" in said, said


def test_whatever_a_test_of_the_suite_fails_with_it_says_what_it_asks_for(third_party):
    said = third_party(
        """
import pytest
from xqute_testing.scripted import ScriptedScheduler
from xqute_testing.suite import Outputs, UnderTest

@pytest.fixture
def under_test():
    raise ZeroDivisionError

class TestIt(Outputs):
    pass
""",
        "-x",
    )
    asked = """
The output of a job is in its own files, complete and with nothing added.
test the two streams are kept apart
Nothing is added, not even a newline at the end.
"""
    assert asked in said, said
