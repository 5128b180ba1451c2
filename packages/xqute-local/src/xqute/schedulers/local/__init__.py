"""Jobs as processes of this machine: the scheduler `local`."""

from xqute.schedulers.local._job import LocalJob as LocalJob
from xqute.schedulers.local._scheduler import LocalScheduler as LocalScheduler
