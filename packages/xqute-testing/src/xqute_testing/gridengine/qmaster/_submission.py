"""What a job asks for, by the options of qsub."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Submission:
    """The options of qsub; None is what was not given."""

    name: str | None = None
    queues: list[str] = field(default_factory=list)
    resources: dict[str, str | None] = field(default_factory=dict)
    tasks: range | None = None
    max_running: int | None = None
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    merge: bool | None = None
    cwd: str | None = None
    shells: list[str] = field(default_factory=list)
    rerun: bool | None = None
    hold: bool | None = None
    predecessors: list[str] = field(default_factory=list)
    terse: bool = False
    binary: bool | None = None
    use_shell: bool | None = None
    variables: dict[str, str] = field(default_factory=dict)
    export_all: bool = False
    prefix: str | None = None
    priority: int | None = None
    account: str | None = None
    project: str | None = None
    pe: tuple[str, int, int] | None = None
    verify: str | None = None
    warnings: list[str] = field(default_factory=list)
    command: str | None = None
    args: list[str] = field(default_factory=list)

    def over(self, lower: Submission) -> Submission:
        """Return these options, with those of `lower` where they say nothing."""
        merged = Submission(command=self.command, args=self.args, terse=self.terse or lower.terse)
        for name in _SINGLE:
            value = getattr(self, name)
            setattr(merged, name, getattr(lower, name) if value is None else value)
        for name in _LISTS:
            setattr(merged, name, getattr(self, name) or getattr(lower, name))
        merged.resources = {**lower.resources, **self.resources}
        merged.variables = {**lower.variables, **self.variables}
        merged.export_all = self.export_all or lower.export_all
        # Two holds, one in the script and one beside it, are none.
        merged.hold = bool(self.hold) != bool(lower.hold)
        merged.warnings = lower.warnings + self.warnings
        return merged


_SINGLE = (
    *("name", "tasks", "max_running", "merge", "cwd", "rerun", "binary", "use_shell"),
    *("prefix", "priority", "account", "project", "pe", "verify"),
)
_LISTS = ("queues", "stdout", "stderr", "shells", "predecessors")
