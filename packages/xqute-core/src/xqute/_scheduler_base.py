"""What a scheduler is before it talks to anybody: its name, its options, the folder of its jobs."""

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
    """The part of a scheduler that a job needs to have its script written.

    Attributes:
        options: The options given to `Xqute`, checked, with the defaults filled in.
        job_metadir: The absolute path of the folder of all jobs.
        forks: How many jobs may be submitted and not ended at once.
        folder_mode: The mode of the jobs' folders and scripts, 0o700 or 0o750; core sets it.
        dropped_variables: Variables of the environment that the script starts in, which a shell
            would not hand on to the command; the script sets them again.
    """

    #: The name that `Xqute(name)` finds it by, and that its entry point has.
    name: ClassVar[str]
    #: Its own options besides the common ones (shell, env, cwd, kill_grace), and their defaults.
    own_options: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    #: Options of its own that do not affect a job's identity, and are left out of its fingerprint.
    non_identity_options: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, job_metadir: Path, forks: int, options: Mapping[str, Any]) -> None:
        """Check the options; nothing is started, asked or written here.

        Raises:
            InvalidType: An option is of the wrong kind.
            InvalidValue: An option is unknown or can't have this value.
        """
        self.job_metadir = job_metadir
        self.forks = forks
        self.folder_mode = PRIVATE
        self.dropped_variables: Mapping[str, str] = MappingProxyType({})
        checked = {name: self.check_option(name, value) for name, value in options.items()}
        self.options: Mapping[str, Any] = {**COMMON, **self.own_options, **checked}
        if self.options["cwd"] is None:
            self.options = {**self.options, "cwd": os.getcwd()}

    def identity_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the options that belong to a job's identity.

        `env` and `cwd` are left out too: a fingerprint has them by themselves.
        """
        left_out = NON_IDENTITY | self.non_identity_options
        return {name: value for name, value in options.items() if name not in left_out}

    def check_option(self, name: str, value: Any) -> Any:
        """Return the value of an option, of the run or of one job, in the form that is kept.

        Override it to check values, or to know names that follow a pattern.

        Raises:
            InvalidType: It is of the wrong kind.
            InvalidValue: It is unknown or can't have this value.
        """
        if name in COMMON:
            return check_common(name, value)
        if name not in self.own_options:
            raise unknown_option(name, self.name, {**COMMON, **self.own_options})
        return value
