"""The scheduler `local`: jobs as processes of this host."""

from xqute.schedulers.local._job import LocalJob as LocalJob
from xqute.schedulers.local._scheduler import LocalScheduler as LocalScheduler
