"""The errors that xqute raises, in one shallow tree below `XquteError`.

`Halted`, which has a job, is in `_halted.py`.
"""

from __future__ import annotations


class XquteError(Exception):
    """The base of all errors of xqute."""


# --- what the caller gave -----------------------------------------------------------------------


class InvalidType(XquteError, TypeError):
    """An argument is of a kind that can't be used; the message shows what can."""


class InvalidValue(XquteError, ValueError):
    """An argument has a value that can't be used; the message names those that can."""


class NoRunningLoop(XquteError, RuntimeError):
    """`Xqute` was made outside a running event loop."""


class RunEnded(XquteError, RuntimeError):
    """The run is over: nothing more can be pushed, and a job that is not final stays as it is."""


# --- finding schedulers and plugins -------------------------------------------------------------


class SchedulerNotFound(XquteError, LookupError):
    """No installed distribution has a scheduler of that name."""


class SchedulerLoadError(XquteError, ImportError):
    """A scheduler was found, but it can't be used: it fails to import, or two share its name."""


class PluginError(XquteError):
    """A hook plugin can't be loaded, or implements a hook with the wrong arguments."""


class HookTimeout(XquteError, TimeoutError):
    """A hook did not return within the `hook_timeout` of its run, and was cancelled."""


# --- the folder of jobs -------------------------------------------------------------------------


class MetadirError(XquteError, OSError):
    """The folder of jobs can't be used."""


class MetadirInUse(MetadirError):
    """Another producer holds the folder of jobs; the message names its host and process."""


class MetadirConflict(MetadirError):
    """A job of that index still runs, from a former run, and it is another job than this one."""


# --- talking to schedulers ----------------------------------------------------------------------


class SchedulerError(XquteError):
    """The base of what a scheduler says when it could not do what it was asked."""


class SchedulerUnavailable(SchedulerError):
    """The scheduler can't be asked now. It is asked again later, and no job changes state."""


class SubmitFailed(SchedulerError):
    """Nothing was submitted, for a reason that may pass. It is tried again, later and later."""


class SubmitDoubtful(SchedulerError):
    """The job may have been submitted or not. It is looked up before it is sent again."""


class SubmitRejected(SchedulerError):
    """The scheduler refuses the job, and will refuse it again: the job fails as REJECTED."""
