"""The part of a scheduler that makes no calls: its name, its options and the job metadir."""

from __future__ import annotations

import os
from abc import ABC
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from xqute._attempt_files import PRIVATE
from xqute._options import COMMON, NON_IDENTITY, check_common, unknown_option


class SchedulerBase(ABC):
    """The part of a scheduler that a job needs to render its wrapped script.

    Attributes:
        options: The options that were given to `Xqute`, checked, with the defaults filled in.
        job_metadir: The absolute path of the folder of all jobs.
        forks: The number of slots: how many jobs may be with the scheduler at once.
        folder_mode: The mode of the jobs' folders and scripts, 0o700 or 0o750. Core sets it.
        dropped_variables: Variables of the controller's environment, by name, that a shell does
            not pass on to the command. The wrapped script sets them again.
    """

    #: The name of the scheduler, as in `Xqute(name)`. Its entry point has the same name.
    name: ClassVar[str]
    #: Its options besides `shell`, `env`, `cwd` and `kill_grace`, and their defaults.
    own_options: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    #: Those of `own_options` that do not affect a job's identity. They are not in its fingerprint.
    non_identity_options: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, job_metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options. Nothing is started, called or written here.

        Args:
            job_metadir: The absolute path of the folder of all jobs.
            forks: The number of slots, 1 or more.
            options: The options that were given to `Xqute`, by name.

        Raises:
            InvalidType: An option has the wrong type.
            InvalidValue: An option is unknown or has a value that can't be used.
        """
        self.job_metadir = job_metadir
        self.forks = forks
        self.folder_mode = PRIVATE
        self.dropped_variables: Mapping[str, str] = MappingProxyType({})
        checked = self.check_options(options)
        self.options: Mapping[str, Any] = {**COMMON, **self.own_options, **checked}
        if self.options["cwd"] is None:
            self.options = {**self.options, "cwd": os.getcwd()}

    def identity_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the options that belong to a job's identity.

        `env` and `cwd` are left out too: a fingerprint has them by themselves.
        """
        left_out = NON_IDENTITY | self.non_identity_options
        return {name: value for name, value in options.items() if name not in left_out}

    def check_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of several options, by name, in the form that is kept.

        Raises:
            InvalidType: An option has the wrong type.
            InvalidValue: An option is unknown or has a value that can't be used.
        """
        return {name: self.check_option(name, value) for name, value in options.items()}

    def check_option(self, name: str, value: Any) -> Any:
        """Check an option of the run or of one job, and return its value in normal form.

        Called in the event loop. Override it to check values, or to accept names that follow a
        pattern.

        Raises:
            InvalidType: The value has the wrong type.
            InvalidValue: The option is unknown, or its value can't be used.
        """
        if name in COMMON:
            return check_common(name, value)
        if name not in self.own_options:
            raise unknown_option(name, self.name, {**COMMON, **self.own_options})
        return value
