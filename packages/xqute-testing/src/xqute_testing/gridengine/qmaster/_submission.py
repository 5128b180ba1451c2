"""The options that a job is submitted with."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Submission:
    """The options of qsub. None means that an option was not given.

    Attributes:
        name: `-N`.
        queues: `-q`.
        resources: `-l`, by name; the value is None for a request without one.
        tasks: `-t`.
        max_running: `-tc`.
        stdout: `-o`.
        stderr: `-e`.
        merge: `-j`.
        cwd: `-cwd` or `-wd`.
        shells: `-S`.
        rerun: `-r`.
        hold: `-h`.
        predecessors: `-hold_jid`.
        terse: `-terse`.
        binary: `-b`.
        use_shell: `-shell`.
        variables: `-v`.
        export_all: `-V`.
        prefix: `-C`.
        priority: `-p`.
        account: `-A`.
        project: `-P`.
        pe: `-pe`: the name, and the least and the highest number of slots.
        verify: `-w`.
        warnings: What qsub prints about these options.
        command: The command or the path of the script, None if the script is on standard input.
        args: The arguments of the command or script.
    """

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
        """Return these options, completed by those of `lower`."""
        merged = Submission(command=self.command, args=self.args, terse=self.terse or lower.terse)
        for name in _SINGLE:
            value = getattr(self, name)
            setattr(merged, name, getattr(lower, name) if value is None else value)
        for name in _LISTS:
            setattr(merged, name, getattr(self, name) or getattr(lower, name))
        merged.resources = {**lower.resources, **self.resources}
        merged.variables = {**lower.variables, **self.variables}
        merged.export_all = self.export_all or lower.export_all
        # As in Grid Engine, `-h` in the script and `-h` on the command line cancel each other.
        merged.hold = bool(self.hold) != bool(lower.hold)
        merged.warnings = lower.warnings + self.warnings
        return merged


_SINGLE = (
    *("name", "tasks", "max_running", "merge", "cwd", "rerun", "binary", "use_shell"),
    *("prefix", "priority", "account", "project", "pe", "verify"),
)
_LISTS = ("queues", "stdout", "stderr", "shells", "predecessors")
