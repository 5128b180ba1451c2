"""What `import xqute` gives, and that it does nothing else."""

import ast
import subprocess
import sys
from pathlib import Path

import xqute

PUBLIC = {
    "Account",
    "Claim",
    "InError",
    "SchedulerUnavailable",
    "Consumer",
    "Failure",
    "FailureKind",
    "Halted",
    "HookTimeout",
    "InvalidType",
    "InvalidValue",
    "Job",
    "QueueState",
    "JobFiles",
    "JobStatus",
    "MetadirConflict",
    "MetadirError",
    "MetadirInUse",
    "NoRunningLoop",
    "PluginError",
    "ProcessIdentity",
    "ProcessStat",
    "Retry",
    "RetryPolicy",
    "RunEnded",
    "Scheduler",
    "SchedulerError",
    "SchedulerLoadError",
    "SchedulerNotFound",
    "ScriptExit",
    "SubmitDoubtful",
    "SubmitFailed",
    "SubmitRejected",
    "Usage",
    "Xqute",
    "XquteError",
    "argument_text",
    "get_scheduler",
    "signal_name",
    "simplug",
}
PACKAGE = Path(xqute.__file__).parent


def test_the_public_names_are_these():
    # `schedulers` appears as soon as a scheduler was imported.
    assert {name for name in vars(xqute) if not name.startswith("_")} - {"schedulers"} == PUBLIC


def test_every_error_has_the_one_base():
    errors = [xqute.__dict__[name] for name in PUBLIC]
    errors = [e for e in errors if isinstance(e, type) and issubclass(e, BaseException)]
    assert len(errors) > 10
    assert all(issubclass(error, xqute.XquteError) for error in errors)


def _imports(path):
    """Return the modules of core that a module imports when it is imported itself."""
    checked = [node for node in ast.parse(path.read_text()).body if not isinstance(node, ast.If)]
    return {
        node.module.removeprefix("xqute.")
        for node in checked
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xqute.")
    }


def test_no_import_cycle():
    left = {path.stem: _imports(path) for path in PACKAGE.glob("_*.py") if path.stem != "__init__"}
    while left:
        leaves = {name for name, imports in left.items() if not imports & left.keys()}
        assert leaves, f"a cycle among {sorted(left)}"
        left = {name: imports for name, imports in left.items() if name not in leaves}


def test_import_does_no_work(tmp_path):
    program = """
import asyncio, logging, os, signal, threading
def state():
    return (
        [signal.getsignal(number) for number in signal.valid_signals()],
        logging.getLogger().handlers, logging.getLogger("xqute").handlers,
        logging.getLogger("xqute").level, type(asyncio.get_event_loop_policy()),
        threading.active_count(), os.listdir("."), dict(os.environ),
    )
before = state()
import xqute
assert state() == before, (before, state())
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


def test_import_loads_no_scheduler():
    program = "import sys, xqute; print([m for m in sys.modules if 'xqute.schedulers' in m])"
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    assert done.stdout == b"[]\n"
