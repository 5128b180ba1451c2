"""The scheduler `sge`: jobs on Grid Engine."""

from xqute.schedulers.sge._job import SgeJob as SgeJob
from xqute.schedulers.sge._scheduler import SgeScheduler as SgeScheduler
