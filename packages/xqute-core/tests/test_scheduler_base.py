"""What a scheduler is before it talks to anybody: its options, the folder of its jobs."""

from types import MappingProxyType

import pytest

from xqute import InvalidType, InvalidValue


@pytest.fixture
def choosy(fake):
    """The class of a scheduler that checks an option, and knows names that follow a pattern."""

    class Choosy(fake):
        own_options = MappingProxyType({"queue": "default", "nodes": 1})

        def check_option(self, name, value):
            if name.startswith("x_"):
                return f"pattern {value}"
            if name == "nodes":
                return int(value)
            return super().check_option(name, value)

    return Choosy


def test_what_it_is_given_is_kept(choosy, tmp_path):
    scheduler = choosy(tmp_path, 7, {})
    assert (scheduler.job_metadir, scheduler.forks) == (tmp_path, 7)
    assert (scheduler.folder_mode, dict(scheduler.dropped_variables)) == (0o700, {})


def test_defaults_are_filled_in(choosy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert choosy(tmp_path, 1, {}).options == {
        "shell": "/bin/sh", "env": None, "cwd": str(tmp_path), "kill_grace": 5.0,
        "queue": "default", "nodes": 1,
    }  # fmt: skip


def test_options_are_kept_in_the_form_that_was_checked(choosy, tmp_path):
    options = choosy(tmp_path, 1, {"nodes": "3", "x_y": 1, "cwd": tmp_path}).options
    assert (options["nodes"], options["x_y"], options["cwd"]) == (3, "pattern 1", str(tmp_path))


@pytest.mark.parametrize(
    ("options", "error"), [({"node": 1}, InvalidValue), ({"kill_grace": "long"}, InvalidType)]
)
def test_one_that_is_unknown_or_wrong_is_refused(choosy, tmp_path, options, error):
    with pytest.raises(error, match=next(iter(options))):
        choosy(tmp_path, 1, options)


def test_what_does_not_belong_to_the_identity_of_a_job(choosy, tmp_path, monkeypatch):
    monkeypatch.setattr(choosy, "non_identity_options", frozenset({"colour"}))
    options = {"shell": "/bin/sh", "kill_grace": 1.0, "env": None, "cwd": "/", "colour": "red"}
    assert choosy(tmp_path, 1, {}).identity_options(options) == {"shell": "/bin/sh"}
