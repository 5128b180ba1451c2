"""The files of jobs show up late."""


def test_files_show_up_late(shell, engine, tmp_path):
    shared = tmp_path / "shared it's"
    shared.mkdir()
    (shared / "before").write_text("mine")
    engine.hold_files(shared)
    script = f'cd "{shared}"; cat before >after; mkdir deep; echo 1 >deep/file; echo said\n'
    job = shell.submit("-o", str(shared / "out"), script=script)
    engine.wait_for(job, None)
    assert [path.name for path in shared.iterdir()] == ["before"]
    engine.show_files()
    assert (shared / "after").read_text() == "mine"
    assert (shared / "deep" / "file").read_text() == "1\n"
    assert (shared / "out").read_text() == "said\n"


def test_what_comes_after_files_were_shown_is_held_back_again(shell, engine, tmp_path, wait_until):
    shared = tmp_path / "shared"
    engine.hold_files(shared)
    script = f"echo 1 >{shared}/a; until [ -e go ]; do sleep 0.01; done; echo 2 >{shared}/b\n"
    job = shell.submit(script=script)

    def shown():
        engine.show_files()
        return (shared / "a").exists()

    wait_until(shown)
    (shell.folder / "go").touch()
    engine.wait_for(job, None)
    assert [path.name for path in shared.iterdir()] == ["a"]
    engine.release_files()
    assert sorted(path.name for path in shared.iterdir()) == ["a", "b"]
    job = shell.submit(script=f"echo 3 >{shared}/c\n")
    engine.wait_for(job, None)
    assert (shared / "c").read_text() == "3\n"


def test_a_job_sees_what_was_written_for_it_after_files_were_held(shell, engine, tmp_path):
    shared = tmp_path / "shared"
    engine.hold_files(shared)
    (shared / "input").write_text("here\n")
    job = shell.submit("-N", "j", script=f"cat {shared}/input\n")
    engine.wait_for(job, None)
    assert (shell.folder / f"j.o{job}").read_text() == "here\n"


def test_a_script_that_another_starts_is_held_back_too(shell, engine, tmp_path):
    shared = tmp_path / "shared"
    engine.hold_files(shared)
    (shared / "inner").write_text(f"#!/bin/sh\necho 1 >{shared}/result\n")
    job = shell.submit(script=f"exec /bin/sh {shared}/inner\n")
    engine.wait_for(job, None)
    assert not (shared / "result").exists()
    engine.show_files()
    assert (shared / "result").read_text() == "1\n"
    assert (shared / "inner").read_text() == f"#!/bin/sh\necho 1 >{shared}/result\n"
