"""Commands that fail, hang, or answer incompletely: a program for each way, all side by side."""

from collections import Counter

import pytest

REFUSAL = "Unable to run job: failed receiving gdi request response for mid=1"
QSTATS = 5


def qstat_fails(controller, real):
    asked = f"'{controller.folder}/asked'"
    ways = ["exit 1", "sleep 60", f'{real("qstat")} "$@" | head -c 300', "exit 0",
            "echo '<unknown_jobs/>'"]  # fmt: skip
    assert len(ways) == QSTATS
    cases = "".join([f"{number}) {way};;\n" for number, way in enumerate(ways, 2)])
    controller.replace(
        "qstat",
        f'echo >>{asked}\ncase $(wc -l <{asked}) in\n{cases}*) exec {real("qstat")} "$@";;\nesac',
    )
    controller.set |= {"min_interval": 0.5, "max_interval": 0.5, "result_grace": 0.0}
    controller.push("sleep", "6")


def qsub_is_slow(controller, real):
    controller.replace("qsub", f'{real("qsub")} "$@"; sleep 3')
    for _ in range(3):
        controller.push("true")


def qsub_fails_once(controller, real):
    again = f"'{controller.folder}/again'"
    controller.replace(
        "qsub",
        f'[ -e {again} ] && exec {real("qsub")} "$@"\n'
        f"touch {again}; echo '{REFUSAL}' >&2; exit 1",
    )
    controller.push("true")


def in_doubt(way):
    def prepare(controller, real):
        controller.replace("qsub", f'{real("qsub")} "$@" >/dev/null; {way}')
        for index in range(5):
            script = 'echo "$0" >>"$1"; sleep 4'
            controller.push("sh", "-c", script, str(index), f"{controller.folder}/ledger")

    return prepare


def copy_comes_late(controller, real):
    """The first submission seems to fail, and arrives after the second one."""
    qsub, again = real("qsub"), f"'{controller.folder}/again'"
    controller.replace(
        "qsub",
        f"if [ -e {again} ]; then\n"
        # The late copy takes the claim first, and runs; the other copy ends.
        f'  $(cat {again}) "$2" "$3" "$4" >/dev/null; sleep 2; exec {qsub} "$@"\n'
        f"fi\n"
        f"echo '{qsub} -terse' >{again}; kill -9 $$",
    )
    controller.push("sh", "-c", f"echo run >>'{controller.folder}/ledger'; sleep 8")


IN_DOUBT = {
    "silent": "",
    "failing": "exit 1",
    "killed": "kill -9 $$",
    "hanging": "sleep 60",
}
WAYS = {
    "qstat fails": qstat_fails,
    "qsub is slow": qsub_is_slow,
    "qsub fails once": qsub_fails_once,
    "copy comes late": copy_comes_late,
    **{name: in_doubt(way) for name, way in IN_DOUBT.items()},
}


@pytest.fixture(scope="module")
def ended(cell, shared_controllers):
    """Return each program and the outcome of its jobs, by the program's name."""
    started = dict(zip(WAYS, shared_controllers(len(WAYS)), strict=True))
    for name, controller in started.items():
        # Ten seconds for a call of the scheduler, so two for each command.
        controller.set["call_timeout"] = 10.0
        WAYS[name](controller, cell.which)
        controller.start()
    return {name: (controller, controller.finish()) for name, controller in started.items()}


@pytest.mark.timeout(90)
@pytest.mark.parametrize("name", WAYS)
def test_all_jobs_finish(ended, name):
    _, jobs = ended[name]
    assert Counter(job["status"] for job in jobs) == {"FINISHED": len(jobs)}


def test_a_qstat_that_fails_hangs_or_tells_half_is_no_verdict(ended):
    controller, _ = ended["qstat fails"]
    assert controller.log().count("does not answer") == QSTATS


def test_a_submission_that_failed_is_sent_again(ended):
    controller, _ = ended["qsub fails once"]
    assert REFUSAL in controller.log()


@pytest.mark.parametrize("name", IN_DOUBT)
def test_a_submission_in_doubt_is_looked_up(ended, name):
    controller, jobs = ended[name]
    assert sorted(controller.ledger()) == [str(index) for index in range(len(jobs))]
    assert len(controller.commands("qsub")) == 1
    assert len({job["uid"] for job in jobs}) == len(jobs)


def test_the_copy_that_came_late_is_followed(ended):
    controller, _ = ended["copy comes late"]
    assert controller.ledger() == ["run"]
