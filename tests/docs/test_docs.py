"""The pages in docs/ are right about files, states and exit statuses."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from xqute import FailureKind, JobStatus, ScriptExit, simplug
from xqute._status import MOVES

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/README.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    inside = [target.partition("#")[0] for target in targets if "://" not in target]
    assert [target for target in inside if target and not (page.parent / target).exists()] == []


SRC = {
    "core": ROOT / "packages/xqute-core/src/xqute",
    "local": ROOT / "packages/xqute-local/src/xqute/schedulers/local",
    "sge": ROOT / "packages/xqute-sge/src/xqute/schedulers/sge",
    "testing": ROOT / "packages/xqute-testing/src/xqute_testing",
}
FAKE = SRC["testing"] / "gridengine"
# The sections of docs/architecture.md that name all modules of a distribution.
SECTIONS = {
    "Which file decides what": "core",
    "local": "local",
    "sge": "sge",
    "xqute-testing": "testing",
}


def modules_of(folder):
    """Return the names of the private modules in a folder and in those below it."""
    return {path.name for path in folder.rglob("_[a-z]*.py")}


def named_in(text):
    return set(re.findall(r"`(_\w+\.py)`", text))


def architecture():
    """Return the sections of the page by their headings."""
    page = (ROOT / "docs/architecture.md").read_text()
    parts = re.split(r"^## (.*)\n", page, flags=re.MULTILINE)
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("heading", "distribution"), SECTIONS.items())
def test_the_architecture_names_every_module_and_no_other(heading, distribution):
    modules = modules_of(SRC[distribution])
    if distribution == "testing":
        # Those of the fake Grid Engine are in a map of their own.
        modules = {path.name for path in SRC["testing"].glob("_[a-z]*.py")}
        modules |= modules_of(SRC["testing"] / "scripted") | modules_of(SRC["testing"] / "suite")
    assert named_in(architecture()[heading]) == modules


def test_the_rest_of_the_architecture_names_modules_of_core():
    rest = [text for heading, text in architecture().items() if heading not in SECTIONS]
    assert set(named_in("".join(rest))) - modules_of(SRC["core"]) == set()


def test_the_architecture_leaves_no_folder_of_testing_out():
    files = [path for path in SRC["testing"].rglob("*.py") if FAKE not in path.parents]
    assert {path.parent.name for path in files} == {"xqute_testing", "scripted", "suite"}


def test_the_map_of_the_fake_grid_engine_names_every_module_and_no_other():
    page = (FAKE / "README.md").read_text()
    (drawn,) = re.findall(r"```\n(api/.*?)```", page, re.DOTALL)
    named = set(re.findall(r"\b_\w+\.py\b", drawn)) | {"_wire.py"}
    assert "`_wire.py`" in page
    assert named == modules_of(FAKE)


def rows_below(page, heading):
    """Return the cells of the first table below a heading, without its head."""
    text = (ROOT / page).read_text()
    lines = text[text.index(f"\n{heading}\n") :].splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    table = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table[2:]


def test_the_table_of_moves_is_that_of_the_code():
    told = set()
    start = None
    for before, after, _ in rows_below("docs/architecture.md", "## The states"):
        start = JobStatus(before.strip("`")) if before else start
        told |= {(start, JobStatus(name)) for name in re.findall(r"`(\w+)`", after)}
    assert told == {(start, end) for start, ends in MOVES.items() for end in ends}


def test_the_drawn_path_is_made_of_moves():
    page = (ROOT / "docs/architecture.md").read_text()
    (drawn,) = re.findall(r"```\n(INIT .*)\n```", page)
    states = [JobStatus(name) for name in drawn.split(" → ")]
    assert all(end in MOVES[start] for start, end in pairwise(states))


def test_the_exit_statuses_of_the_script_are_all_told():
    told = {int(row[0]) for row in rows_below("docs/on-disk.md", "## How the script ends")}
    assert told == set(ScriptExit)


def test_the_readme_tells_every_kind_of_failure_and_every_hook():
    kinds = {row[0].strip("`") for row in rows_below("README.md", "## When a job fails")}
    assert kinds == {kind.value for kind in FailureKind}
    hooks = {re.findall(r"\w+", row[0])[0] for row in rows_below("README.md", "## Hooks")}
    assert hooks == set(simplug.hooks._specs)


def test_every_record_of_a_decision_has_its_four_parts_and_is_listed():
    listed = (ROOT / "docs/decisions/README.md").read_text()
    records = sorted(ROOT.glob("docs/decisions/0*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text()
        assert f"({path.name})" in listed
        assert text.startswith(f"# {int(path.name[:4])}. ")
        assert re.search(r"^Status: \w+", text, re.MULTILINE)
        for part in ("Problem", "Decision", "Alternatives"):
            assert f"\n## {part}\n" in text, path.name
