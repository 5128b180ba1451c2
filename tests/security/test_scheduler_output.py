"""The output of a scheduler is plain text: no XML entity, format or shell interprets it."""

import logging

import anyio
import pytest

from xqute import (
    FailureKind,
    Job,
    JobStatus,
    Scheduler,
    SchedulerUnavailable,
    SubmitRejected,
    Xqute,
)
from xqute.schedulers.sge._qstat import parse_listing

pytestmark = pytest.mark.anyio
ROW = (
    "<job_info><queue_info><job_list><JB_job_number>7</JB_job_number><JB_name>{}</JB_name>"
    "<state>r</state></job_list></queue_info></job_info>"
)
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
TYPES = {
    "a billion laughs": f"<!DOCTYPE a [{LAUGHS}]>",
    "one in upper case": "<!DOCTYPE A [<!ENTITY a9 'x'>]>",
    "an external entity": "<!DOCTYPE a [<!ENTITY a9 SYSTEM 'file:///etc/passwd'>]>",
    "an external type": "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
    "a parameter entity": "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>",
    "one in an encoding of two bytes": "\ufeff<!DOCTYPE a [<!ENTITY a9 'x'>]>",
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("kind", TYPES)
def test_no_entity_is_expanded(kind):
    for head in ("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-7"?>'):
        with pytest.raises(SchedulerUnavailable):
            parse_listing(head + TYPES[kind] + ROW.format("&a9;"))


def test_an_unknown_entity_is_no_list_of_jobs():
    with pytest.raises(SchedulerUnavailable):
        parse_listing(ROW.format("&a9;"))


@pytest.mark.timeout(20)
def test_a_deep_document_is_no_trouble():
    deep = "<a>" * 200_000 + "</a>" * 200_000
    assert parse_listing(ROW.format("x").replace("<job_list>", deep + "<job_list>")).states == {
        "7": "r"
    }


EVIL = [
    "%s %n %(name)s %d",
    "{0} {job} {self.__class__} {{",
    "$(touch pwned) `touch pwned`",
    "'; touch pwned; '",
    "\nFINISHED\n",
    "\x1b[2J\0\udcff",
]


class EvilJob(Job):
    __slots__ = ()

    def wrap_cmd(self, scheduler):
        return self.render_script(scheduler)


class EvilScheduler(Scheduler):
    """Answers every call with a text that the test has chosen."""

    name = "evil"
    job_class = EvilJob
    min_interval = max_interval = 0.01
    result_grace = 0.05
    shared_files = False
    said = ""
    refuses = True

    async def submit_job(self, job):
        if self.refuses:
            raise SubmitRejected(self.said)
        return self.said

    async def kill_job(self, job):
        pass

    async def job_is_running(self, job):
        if self.refuses is None:
            return False
        self.refuses = None
        raise SchedulerUnavailable(self.said)


@pytest.fixture
def evil(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    yield
    assert {path.name for path in tmp_path.iterdir()} == {"jobs"}


@pytest.mark.usefixtures("evil")
@pytest.mark.parametrize("said", EVIL)
async def test_the_words_of_a_refusal_are_shown_as_they_are(said):
    kind = type("Kind", (EvilScheduler,), {"said": said})
    with anyio.fail_after(10):
        async with Xqute(kind, job_metadir="jobs") as xqute:
            job = await xqute.push(["true"])
    assert job.failure.kind is FailureKind.REJECTED
    assert job.failure.detail == said
    last = job.status_file.read_bytes().split(b"\n")[-2] if job.status_file.exists() else b""
    assert not last.startswith(b"FINISHED")


@pytest.mark.usefixtures("evil")
@pytest.mark.parametrize("said", EVIL)
async def test_an_id_and_a_reason_not_to_answer(said, caplog, capsys):
    kind = type("Kind", (EvilScheduler,), {"said": said, "refuses": False})
    with anyio.fail_after(10):
        async with Xqute(kind, job_metadir="jobs") as xqute:
            job = await xqute.push(["true"])
    assert job.uid == said
    assert job.status is JobStatus.FAILED
    assert said in caplog.text
    assert "Logging error" not in capsys.readouterr().err
