"""Masks what must differ between two clusters. Everything else is compared as it is.

A masked name keeps the width of its column, so that the spaces behind it are compared too.
"""

import re
from dataclasses import dataclass

# How a date is written differs from command to command, so each form has a mask of its own. The
# beginning of the epoch is no date that could differ: it stands for "not known".
DATES = [
    (r"\b\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", "<date and time>    "),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "<ISO date>"),
    (r"\b(?!Thu Jan  1 00:00:00 1970)[A-Z]\w\w [A-Z]\w\w [ \d]\d \d\d:\d\d:\d\d \d{4}", "<ctime>"),
    (r"(?<=<JB_submission_time>)\d+(?=<)", "<seconds>"),
]
# The scheduler sets a priority some time after the submission.
PRIORITY = [
    (r"^( *\S+) 0\.\d{5} ", r"\1 <prio>  "),
    (r"(?<=<JAT_prio>)0\.\d{5}(?=<)", "<prio>"),
]
# How long it took, and what was used meanwhile. The spaces behind a number are not masked.
USAGE = [
    (r"^(ru_wallclock +)\d+s$", r"\1<seconds>"),
    (r"^(ru_\w+ +|cpu +|mem +|io +|iow +|maxvmem +)\d+\.\d{3}([KMGT]?Bs?|s)$", r"\1<used>"),
    (r"^(usage +\d+: +).*", r"\1<used>"),
    (r"^(ru_\w+ +)\d+( *)$", lambda found: found[1] + "<number>"),
]
PROCESS = [
    (r"\[\d+:\d+\](?=: )", "[<uid>:<pid>]"),
    (r"^((?:uid|gid): +)\d+$", r"\1<id>"),
    (r"(?<=<JB_[ug]id>)\d+(?=<)", "<id>"),
]


@dataclass
class Names:
    """The names in one cluster, for one row."""

    user: str
    group: str
    home: str
    hosts: tuple
    row: str
    #: Patterns of parts of paths, and the mask for each.
    paths: dict
    ids: list

    def mask(self, line):
        """Return a line of output with masks in it."""
        for path, mask in {re.escape(self.row): "<row>", **self.paths}.items():
            line = re.sub(path, mask, line)
        line = re.sub(rf"(?<![\w/]){re.escape(self.home)}(?![\w])", "<home>", line)
        for number, job in enumerate(self.ids, 1):
            line = _mask_id(line, job, f"<job-{number}>")
        for host in self.hosts:
            line = _mask_name(line, host, "<host>")
        line = _mask_name(line, self.user, "<user>")
        line = _mask_name(line, self.group, "<user>")
        for pattern, mask in (*DATES, *PRIORITY, *USAGE, *PROCESS):
            line = re.sub(pattern, mask, line)
        return line


def _mask_name(line, name, mask):
    """Mask a name; if it is in a column of spaces, the column keeps its width."""
    pattern = rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])( {{2,}})?"
    return re.sub(pattern, lambda found: mask.ljust(len(found[0])) if found[1] else mask, line)


def _mask_id(line, job, mask):
    """Mask the number of a job; if it ends or begins a column, that keeps its width."""
    line = re.sub(rf"^ +{job}(?= )", lambda found: mask.rjust(len(found[0])), line)
    pattern = rf"(?<!\d){job}(?!\d)( {{2,}})?"
    return re.sub(pattern, lambda found: mask.ljust(len(found[0])) if found[1] else mask, line)
