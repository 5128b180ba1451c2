"""The errors that xqute raises. `XquteError` is the base of all.

`Halted`, which has a job, is in `_halted.py`.
"""

from __future__ import annotations


class XquteError(Exception):
    """The base class of all errors of xqute."""


# --- mistakes of the caller ---------------------------------------------------------------------


class InvalidType(XquteError, TypeError):
    """An argument has a type that can't be used. The message says which types can."""


class InvalidValue(XquteError, ValueError):
    """An argument has a value that can't be used. The message says which values can."""


class NoRunningLoop(XquteError, RuntimeError):
    """`Xqute` was made outside a running event loop."""


class RunEnded(XquteError, RuntimeError):
    """The run is over: no more jobs can be pushed, and a job that is not final stays as it is."""


# --- finding schedulers and plugins -------------------------------------------------------------


class SchedulerNotFound(XquteError, LookupError):
    """No installed distribution has a scheduler of that name."""


class SchedulerLoadError(XquteError, ImportError):
    """A scheduler was found but can't be used, for example because two of them share its name."""


class PluginError(XquteError):
    """A hook plugin can't be loaded, or implements a hook with the wrong arguments."""


class HookTimeout(XquteError, TimeoutError):
    """A hook did not return within the `hook_timeout` of its run, and was cancelled."""


# --- the job metadir ----------------------------------------------------------------------------


class MetadirError(XquteError, OSError):
    """The job metadir, the folder of all jobs, can't be used."""


class MetadirInUse(MetadirError):
    """Another producer uses the job metadir. The message names its host and process."""


class MetadirConflict(MetadirError):
    """A different job with the same index, from a former run, still runs."""


# --- raised by schedulers -----------------------------------------------------------------------


class SchedulerError(XquteError):
    """The base class of the errors that a scheduler raises when it can't do what it is asked."""


class SchedulerUnavailable(SchedulerError):
    """The scheduler does not answer. No job changes its state, and core asks again later."""


class SubmitFailed(SchedulerError):
    """Nothing was submitted, for a reason that may pass. Core tries again, after growing delays."""


class SubmitDoubtful(SchedulerError):
    """The job may have been submitted or not. Core looks it up before it is submitted again."""


class SubmitRejected(SchedulerError):
    """The scheduler refuses the job and would do so again. The job fails as REJECTED."""
