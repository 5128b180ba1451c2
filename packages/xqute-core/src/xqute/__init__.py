"""Job management for async Python: run commands through a scheduler, and survive crashes."""

__path__ = __import__("pkgutil").extend_path(__path__, __name__)

from xqute._claim import Claim as Claim
from xqute._command import argument_text as argument_text
from xqute._consumer import Consumer as Consumer
from xqute._discovery import get_scheduler as get_scheduler
from xqute._errors import HookTimeout as HookTimeout
from xqute._errors import InvalidType as InvalidType
from xqute._errors import InvalidValue as InvalidValue
from xqute._errors import MetadirConflict as MetadirConflict
from xqute._errors import MetadirError as MetadirError
from xqute._errors import MetadirInUse as MetadirInUse
from xqute._errors import NoRunningLoop as NoRunningLoop
from xqute._errors import PluginError as PluginError
from xqute._errors import RunEnded as RunEnded
from xqute._errors import SchedulerError as SchedulerError
from xqute._errors import SchedulerLoadError as SchedulerLoadError
from xqute._errors import SchedulerNotFound as SchedulerNotFound
from xqute._errors import SchedulerUnavailable as SchedulerUnavailable
from xqute._errors import SubmitDoubtful as SubmitDoubtful
from xqute._errors import SubmitFailed as SubmitFailed
from xqute._errors import SubmitRejected as SubmitRejected
from xqute._errors import XquteError as XquteError
from xqute._failure import Account as Account
from xqute._failure import Failure as Failure
from xqute._failure import FailureKind as FailureKind
from xqute._failure import Usage as Usage
from xqute._halted import Halted as Halted
from xqute._hooks import simplug as simplug
from xqute._job import Job as Job
from xqute._job_files import JobFiles as JobFiles
from xqute._process import ProcessIdentity as ProcessIdentity
from xqute._process_stat import ProcessStat as ProcessStat
from xqute._producer import Xqute as Xqute
from xqute._queue_state import InError as InError
from xqute._queue_state import QueueState as QueueState
from xqute._retry import Retry as Retry
from xqute._retry import RetryPolicy as RetryPolicy
from xqute._scheduler import Scheduler as Scheduler
from xqute._script import ScriptExit as ScriptExit
from xqute._signal_name import signal_name as signal_name
from xqute._status import JobStatus as JobStatus
