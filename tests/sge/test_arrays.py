"""How jobs are submitted to Grid Engine: together, with their own options, within its limits."""

import shutil
from collections import Counter


def spelled(commands, option):
    """Return the value of an option in each call."""
    return [words[words.index(option) + 1] for words in commands if option in words]


def test_jobs_of_equal_options_go_as_one_array(controller):
    for index in range(40):
        controller.push("sh", "-c", 'echo "$0 $SGE_TASK_ID"', str(index))
    jobs = controller.run()
    assert Counter(job["status"] for job in jobs) == {"FINISHED": 40}
    assert [job["stdout"] for job in jobs] == [f"{index} {index + 1}\n" for index in range(40)]
    (qsub,) = controller.commands("qsub")
    assert spelled([qsub], "-t") == ["1-40"]
    assert len({job["uid"].split(".")[0] for job in jobs}) == 1
    assert not list((controller.folder / "jobs").glob("sge.*"))


def test_jobs_of_other_options_go_apart(controller):
    controller.options["sge_l"] = ["h_rt=60"]
    names = ["", "a name", "grün/: *"]
    for index in range(9):
        more = {"sge_l": "h_rt=50"} if index % 3 else {"name": names[index // 3]}
        controller.push("sh", "-c", 'echo "$0"', str(index), **more)
    controller.push("sh", "-c", "echo $NSLOTS", sge_pe="smp 2")
    jobs = controller.run()
    assert [job["stdout"] for job in jobs] == [*[f"{index}\n" for index in range(9)], "2\n"]
    qsubs = controller.commands("qsub")
    assert spelled(qsubs, "-t") == ["1-3", "1-6"]
    assert len(qsubs) == 3
    assert jobs[9]["usage"][3] == 2
    # The option of one job replaces that of the producer.
    script = (controller.folder / "jobs" / "1" / "job.wrapped.sge").read_text()
    assert "#$ -l h_rt=50\n" in script
    assert "h_rt=60" not in script


def test_nothing_in_a_command_is_taken_for_an_option(controller):
    words = ["a\n#$ -q nosuch.q\n", "it's", '"', "$HOME", "`id`", "*", "ü", "-n", "a\\nb", "\n#$"]
    script = 'for word; do printf "%s|" "$word"; done; printf %s "$VALUE"'
    controller.push("sh", "-c", script, "sh", *words, env={"VALUE": "1\n#$ -q nosuch.q"})
    (job,) = controller.run()
    assert job["status"] == "FINISHED"
    assert job["stdout"] == "".join([f"{word}|" for word in words]) + "1\n#$ -q nosuch.q"


def test_an_array_is_split_at_the_limit_of_the_site(cell, controller):
    cell.configure("max_aj_tasks", "7")
    try:
        for index in range(20):
            controller.push("sh", "-c", 'echo "$0"', str(index))
        jobs = controller.run()
    finally:
        cell.configure("max_aj_tasks", "100000")
    assert [job["stdout"] for job in jobs] == [f"{index}\n" for index in range(20)]
    assert spelled(controller.commands("qsub"), "-t") == ["1-20", "1-7", "1-7", "1-6"]


def test_a_refused_array_fails_alone(controller):
    for _ in range(3):
        controller.push("true")
        controller.push("true", sge_q="nosuch.q")
    jobs = controller.run()
    assert [job["kind"] for job in jobs] == [None, "REJECTED"] * 3


def test_a_job_runs_by_hand_with_qsub(cell, controller):
    controller.push("sh", "-c", f"echo run >>'{controller.folder}/ledger'")
    controller.run()
    script = controller.folder / "jobs" / "0" / "job.wrapped.sge"
    for arguments in ((), ("run",)):
        controller.as_user(shutil.which("qsub"), str(script), *arguments)
        cell.wait_for(cell.empty)
    # The attempt has its result; the command runs again only if somebody runs the script by hand.
    assert controller.ledger() == ["run", "run"]


def test_forks_bound_what_is_there(cell, controller):
    controller.options["scheduler_forks"] = 5
    for _ in range(15):
        controller.push("sleep", "0.5")
    controller.start()
    most = 0
    while controller.process.poll() is None:
        rows = cell.ask("qstat", "-u", cell.user, "-g", "d").count("\n") - 2
        most = max(most, rows)
    jobs = controller.finish()
    assert Counter(job["status"] for job in jobs) == {"FINISHED": 15}
    assert 1 < most <= 5


def test_too_many_jobs_for_one_user_wait(cell, controller):
    controller.set["submit_interval"] = 0.5
    cell.configure("max_u_jobs", "2")
    try:
        for index in range(6):
            controller.push("sleep", "0.5", sge_ac=f"A={index}")
        jobs = controller.run()
    finally:
        cell.configure("max_u_jobs", "0")
    assert Counter(job["status"] for job in jobs) == {"FINISHED": 6}
    assert "only 2 jobs are allowed per user" in controller.log()


def test_jobs_of_root_run_too(cell, controller):
    controller.prefix = []
    controller.push("id", "-un")
    assert controller.run()[0]["stdout"] == "root\n"
