"""The suite tells a good scheduler from a broken one, and says which promise was broken."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "mutants"
# How many mutants run at once. Most of them only wait.
AT_ONCE = 6

#: For each mutant, the class of the suite that finds it, and the promise that its message names.
MUTANTS = {
    "Pasted": ("Arguments", "each argument arrives byte for byte"),
    "EnvironmentLost": ("Environment", "variables of producer and job arrive byte for byte"),
    "WorkingFolderIgnored": ("Environment", "a job starts in its working folder"),
    "ExitStatusLost": ("ExitStatuses", "`rc` is the exit status of the command"),
    "OutputInOneFile": ("Outputs", "what the command writes, and nothing else"),
    "OutputThroughAPipe": ("Outputs", "what the command writes, and nothing else"),
    "UnquotedMetadir": ("OddPaths", "the folder of jobs may have any name"),
    "StatesFrozen": ("States", "what has ended is told to be GONE"),
    "PendingIsGone": ("States", "a job that has not started is PENDING, neither RUNNING nor GONE"),
    "HasADefect": ("States", "a method raises nothing but what its docstring names"),
    "SameIdForAll": ("Retries", "each attempt has an id of its own"),
    "FailsOnRetry": ("Retries", "a job that failed is tried again"),
    "ForksIgnored": ("Bounds", "the scheduler has no more than `scheduler_forks` jobs at once"),
    "OneAtATime": ("Bounds", "it returns when the job is submitted"),
    "IdsMixedUp": ("Kills", "the job `job.uid` is ended, and no other one"),
    "KillDoesNothing": ("Kills", "the job is ended with all its processes"),
    "KillsTheScriptAlone": ("Kills", "the job is ended with all its processes"),
    "KillsPolitely": ("Kills", "the job is ended with all its processes"),
    "KillsAll": ("Kills", "the job `job.uid` is ended, and no other one"),
    "KillComplainsOfTheDead": ("Kills", "it may be called again, and for a job that has ended"),
    "NeverGone": ("Vanishes", "has failed within the grace and two intervals"),
    "NoAnswerIsGone": ("Outages", "'I could not ask' is not 'the job is gone'"),
    "NoAnswerIsAnError": ("Outages", "'I could not ask' is not 'the job is gone'"),
    "DoubtIsRejection": ("Outages", "what could not be submitted now is submitted later"),
    "SubmissionLost": ("Outages", "what could not be submitted now is submitted later"),
    "SubmitsTwice": ("Doubts", "a job is submitted once for each attempt"),
    "NoClaim": ("Doubts", "a second copy of an attempt does nothing"),
    "HoldsUpTheLoop": ("Costs", "in a way that does not block the event loop"),
    "AsksAllTheTime": ("Costs", "while nothing changes it is asked once in an interval"),
    "DiesWithTheController": ("TakesUp", "a job goes on when its controller is dead"),
    "FindsNothing": ("TakesUp", "a job of a former run that is still there is taken up"),
    "FindsWhatIsNotThere": ("TakesUp", "a job of a former run that is still there is taken up"),
}


def run(folder, mutant=None):
    """Run the suite as a third party does, without any configuration."""
    variables = {"PYTHONPATH": str(FOLDER), "PYTEST_DEBUG_TEMPROOT": str(folder)}
    if mutant is not None:
        variables |= {"MUTANT": mutant, "PROMISE": MUTANTS[mutant][0]}
    # Hypothesis is not needed, and takes longer to load than most mutants run.
    options = ["-v", "-x", "--tb=short", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    # If a test hangs, show the stack of every thread.
    options += ["-c", os.devnull, "-o", "faulthandler_timeout=50", "--rootdir", folder]
    return subprocess.run(
        ["timeout", "110", sys.executable, "-m", "pytest", *options, FOLDER / "conformance.py"],
        cwd=folder,
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def ended(request, tmp_path_factory):
    """The completed processes of the suite for each selected mutant, and for None."""
    wanted = [
        item.callspec.params["mutant"]
        for item in request.session.items
        if "mutant" in getattr(getattr(item, "callspec", None), "params", {})
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            mutant: pool.submit(run, tmp_path_factory.mktemp("mutant"), mutant)
            for mutant in [None, *wanted]
        }


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_one_fails_with_the_name_of_the_promise(ended, mutant):
    _, promise = MUTANTS[mutant]
    end = ended[mutant].result()
    assert end.returncode == 1, end.stdout + end.stderr
    assert promise in end.stdout, end.stdout
    assert "the contract (" in end.stdout


@pytest.mark.timeout(120)
def test_a_scheduler_that_keeps_every_promise_passes(ended):
    end = ended[None].result()
    assert end.returncode == 0, end.stdout + end.stderr
