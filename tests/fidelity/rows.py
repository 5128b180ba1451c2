"""The table: scripts of commands, and the masked answers of the real Grid Engine.

A row begins with `### title`. In it, `$ command` is a line for a shell; below it are the lines it
prints, `1| ` before one of standard output and `2| ` before one of standard error, and `=> 1`, its
exit status. `% wait $J1 r` waits for what the two clusters need different times for, and is not
compared. `$J1` is the number of the first job that the row has submitted.
"""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "table"


@dataclass
class Step:
    """A line of a script, and its expected output."""

    line: str
    expected: list[str] = field(default_factory=list)

    @property
    def waits(self):
        return self.line.startswith("% ")

    @property
    def command(self):
        return self.line[2:]


@dataclass
class Row:
    """One script."""

    title: str
    steps: list[Step]

    def text(self, answers):
        """Return the text of the row with these answers."""
        lines = [f"### {self.title}"]
        for step, answer in zip(self.steps, answers, strict=True):
            lines += [step.line, *answer]
        return "\n".join(lines) + "\n"


def read(path):
    """Return the rows of a file."""
    rows = []
    for line in path.read_text().split("\n"):
        if line.startswith("### "):
            rows.append(Row(line[4:], []))
        elif line.startswith(("$ ", "% ")):
            rows[-1].steps.append(Step(line))
        elif line:
            rows[-1].steps[-1].expected.append(line)
    return rows


def table():
    """Return all rows, by the name of their file and their title."""
    return {
        f"{path.stem}: {row.title}": row
        for path in sorted(FOLDER.glob("*.txt"))
        for row in read(path)
    }
