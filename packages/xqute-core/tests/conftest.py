"""What the tests of core share: a scheduler without processes, whose jobs do what the test says."""

import asyncio
from collections import defaultdict, deque
from pathlib import Path
from types import MappingProxyType

import anyio
import hypothesis
import pytest

from xqute import Job, JobStatus, Scheduler, Xqute, simplug

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("core", deadline=None)
hypothesis.settings.load_profile("core")

ASYNCIO = pytest.param(("asyncio", {"use_uvloop": False}), id="asyncio")
UVLOOP = pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop")


@pytest.fixture(params=[ASYNCIO, UVLOOP])
def anyio_backend(request):
    """Async tests run on asyncio's own event loop, and on uvloop."""
    return request.param


@pytest.fixture(autouse=True)
def _no_plugins():
    """No plugin that happens to be installed is called, and none stays registered."""
    with simplug.plugins_context([]):
        yield


class FakeJob(Job):
    """A job of `FakeScheduler`."""

    __slots__ = ()

    def wrap_cmd(self, scheduler):
        return self.render_script(scheduler)


class FakeScheduler(Scheduler):
    """Has only the three methods; the words of a job's command say what becomes of it.

    `exit N` runs and ends at once, `run` runs until it is killed or `end` is called, `pend` does
    not start, `die` runs and is gone without a result, `vanish` is gone before it started.
    """

    name = "fake"
    job_class = FakeJob
    own_options = MappingProxyType({"queue": None})
    min_interval = 0.002
    max_interval = 0.02
    first_backoff = 0.01
    lookup_interval = 0.01
    shared_files = False
    result_grace = 0.02

    #: The jobs that the scheduler has, by their ids; outlives the producer.
    cluster: dict[str, str]

    def __init__(self, metadir, forks, options):
        super().__init__(metadir, forks, options)
        self.submitted = []
        self.killed = []
        self.asked = []
        self.most = 0
        #: What the next calls of a method raise, by the name of the method.
        self.trouble = defaultdict(deque)

    def _raise(self, method):
        if self.trouble[method]:
            raise self.trouble[method].popleft()

    async def submit_job(self, job):
        await asyncio.sleep(0)
        self._raise("submit_job")
        self.submitted.append(job.index)
        uid = f"{job.unique_name}.{len(self.submitted)}"
        self.cluster[uid] = job.unique_name
        self.most = max(self.most, len(self.cluster))
        self.act(job, uid)
        self._raise("after_submit")
        return uid

    def act(self, job, uid):
        what, *more = job.cmd
        if what != "pend" and what != "vanish":
            self.begin(job)
        if what == "exit":
            self.end(job, int(more[0]), uid=uid)
        elif what in ("die", "vanish"):
            del self.cluster[uid]

    async def kill_job(self, job):
        self._raise("kill_job")
        self.killed.append(job.index)
        self.cluster.pop(job.uid, None)

    async def job_is_running(self, job):
        await asyncio.sleep(0)
        return job.uid in self.cluster

    async def job_states(self, jobs):
        self.asked.append(len(jobs))
        self._raise("job_states")
        return await super().job_states(jobs)

    # --- what the wrapped script would do ---

    @staticmethod
    def begin(job):
        Path(job.claim).touch()
        job.status_file.write_text("RUNNING\n")

    def end(self, job, rc=0, *, uid=None):
        job.rc_file.write_text(f"{rc}\n")
        with job.status_file.open("a") as status:
            status.write("FAILED\n" if rc else "FINISHED\n")
        self.cluster.pop(uid or job.uid, None)


@pytest.fixture
def fake():
    """The class of scheduler of this test, with nothing to do yet."""
    return type("Fake", (FakeScheduler,), {"cluster": {}})


@pytest.fixture
def make(fake, tmp_path):
    """Makes producers on the scheduler of this test, and in one folder."""

    def make(**more):
        given = {"scheduler": fake, "job_metadir": tmp_path / "jobs", "job_retry_delay": 0}
        return Xqute(**(given | more))

    return make


@pytest.fixture
def until():
    """Waits until a condition holds."""

    async def until(condition):
        with anyio.fail_after(10):
            while not condition():  # noqa: ASYNC110  # any condition, not one event
                await anyio.sleep(0.001)

    return until


@pytest.fixture
def consumer_of():
    """Returns the consumer of a run, which plugins get by the hook `on_shutdown` alone."""
    return lambda xqute: xqute._consumer


@pytest.fixture
def leave(consumer_of):
    """Ends a producer as a crash does: nobody kills the jobs, nothing is written."""

    async def leave(xqute):
        consumer_of(xqute).abandon()
        await xqute.run_until_complete()

    return leave


@pytest.fixture
def statuses():
    """The states that a job has been in, in order, each once."""
    return lambda job: [status for status in JobStatus if status in job.times]


@pytest.fixture
def plugin():
    """Makes a plugin of one hook."""

    def make_plugin(hook, function):
        """Return a plugin of one hook; `function` gets the hook's arguments."""

        class Plugin:
            name = f"{hook}-{id(function)}"

        async def for_run(self, scheduler):
            return await function(scheduler)

        async def for_job(self, scheduler, job):
            return await function(scheduler, job)

        async def for_shutdown(self, scheduler, consumer):
            return await function(scheduler, consumer)

        made = for_job if "_job_" in hook else for_shutdown if hook == "on_shutdown" else for_run
        made.__name__ = hook
        setattr(Plugin, hook, simplug.impl(made))
        return Plugin()

    return make_plugin
