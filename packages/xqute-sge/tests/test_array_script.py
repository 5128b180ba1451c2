"""The script of an array, run by a shell for each of its tasks."""

import os
import shutil
import stat
import subprocess

import pytest

from xqute.schedulers.sge import SgeJob, _array_script

SHELLS = {os.path.realpath(path) for name in ("sh", "bash") if (path := shutil.which(name))}


def jobs_of(indexes, metadir):
    jobs = [SgeJob(index, ("true",), str(metadir), options={}) for index in indexes]
    for job in jobs:
        job.attempt = job.attempt.with_token(f"{job.index:012x}")
    return jobs


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "indexes", [[0], [0, 1, 2], [7, 8, 9], [3, 1, 2], [0, 2, 4, 5, 6, 1], [9, 8, 7]]
)
def test_each_task_is_its_job(tmp_path, shell, indexes):
    metadir = tmp_path / "it's\n#$ -q x"
    for index in indexes:
        (metadir / str(index)).mkdir(parents=True)
        (metadir / str(index) / "job.wrapped.sge").write_text(f"echo {index}\n")
    jobs = jobs_of(indexes, metadir)
    file = _array_script.script_path(metadir, "n")
    _array_script.write(file, _array_script.render("n", metadir, shell, jobs, ["#$ -q all.q"]))
    seen = [
        subprocess.run(
            [shell, file],
            env={"SGE_TASK_ID": str(task)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for task in range(1, len(indexes) + 1)
    ]
    assert seen == [f"{index}\n" for index in indexes]
    lines = file.read_text().splitlines()
    assert [line for line in lines if line.startswith("#$")] == ["#$ -N n", "#$ -q all.q"]
    assert _array_script.read_tasks(file) == {
        task: (job.index, job.token) for task, job in enumerate(jobs, 1)
    }


def test_it_is_for_its_owner_alone(tmp_path):
    _array_script.write(tmp_path / "a", "text")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    with pytest.raises(FileExistsError):
        _array_script.write(tmp_path / "a", "text")


def test_without_a_script_nothing_is_known(tmp_path):
    assert _array_script.read_tasks(tmp_path / "a") == {}


def test_names_are_unique_and_told_from_those_of_jobs(tmp_path):
    jobs = jobs_of([5], tmp_path)
    name = _array_script.new_name(jobs)
    assert _array_script.is_array_name(name)
    assert name != _array_script.new_name(jobs)
    assert not _array_script.is_array_name(jobs[0].unique_name)
