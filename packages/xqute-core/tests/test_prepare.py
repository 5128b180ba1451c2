"""What is on disk before an attempt is submitted."""

import pytest

from xqute._attempt_files import read_intent
from xqute._prepare import prepare


@pytest.fixture
def scheduler(fake, tmp_path):
    return fake(tmp_path, 1, {"cwd": tmp_path})


@pytest.fixture
def job(fake, tmp_path, scheduler):
    class OnItsOwn(fake.job_class):
        __slots__ = ()

        @property
        def scheduler(self):
            return scheduler

    job = OnItsOwn(0, ("exit", "0"), str(tmp_path), options={})
    job.fingerprint = "ff"
    return job


def test_the_script_is_written_with_its_intent(job, scheduler):
    assert prepare([job], scheduler) == {}
    intent = read_intent(job.script_path)
    assert (intent.trial, intent.token, intent.fingerprint) == (0, job.token, "ff")
    assert len(job.token) == 12


def test_one_that_has_a_script_keeps_it(job, scheduler):
    prepare([job], scheduler)
    before, token = job.script_file.stat(), job.token
    prepare([job], scheduler)
    assert (job.script_file.stat(), job.token) == (before, token)


def test_each_attempt_has_a_token_of_its_own_and_shelves_the_one_before(job, scheduler):
    prepare([job], scheduler)
    first = job.token
    job.rc_file.write_text("3\n")
    job.attempt = job.attempt.next({"queue": "x"}, {"queue": "x"})
    prepare([job], scheduler)
    intent = read_intent(job.script_path)
    assert (intent.trial, intent.token, intent.options) == (1, job.token, {"queue": "x"})
    assert job.token != first
    assert (job.retry_dir / "1" / "job.rc").read_text() == "3\n"
    assert not job.rc_file.exists()


def test_an_attempt_that_is_started_again_does_not_shelve_itself(job, scheduler):
    prepare([job], scheduler)
    job.rc_file.write_text("3\n")
    job.attempt = job.attempt.next({}, {})
    prepare([job], scheduler)
    job.attempt = job.attempt.unsubmitted(keep_token=False)
    prepare([job], scheduler)
    assert (job.retry_dir / "1" / "job.rc").read_text() == "3\n"
    assert read_intent(job.script_path).token == job.token


def test_an_error_is_that_of_one_job(fake, job, scheduler, tmp_path):
    class Odd(type(job)):
        __slots__ = ()

        def wrap_cmd(self, scheduler):
            raise KeyError("mine")

    odd = Odd(1, ("exit", "0"), str(tmp_path), options={})
    errors = prepare([odd, job], scheduler)
    assert [*errors] == [odd]
    assert repr(errors[odd]) == "KeyError('mine')"
    assert (odd.token, bool(job.token)) == ("", True)


def test_a_script_ends_with_a_newline_before_its_intent(job, scheduler):
    class Bare(type(job)):
        __slots__ = ()

        def wrap_cmd(self, scheduler):
            return "#!/bin/sh\nexit 0"

    bare = Bare(2, ("exit", "0"), job.root, options={})
    prepare([bare], scheduler)
    assert bare.script_file.read_text().startswith("#!/bin/sh\nexit 0\n#")
