"""docs/glossary.md defines each term once, and the pages use no word that it rules out."""

import inspect
import re
from pathlib import Path

import pytest

import xqute

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs/glossary.md"
TEXT = GLOSSARY.read_text()
DEFINITIONS, _, NOT_USED = TEXT.partition("\n## Words that are not used\n")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]


def rows_of(text):
    """Return the cells of all rows of the tables in a text, without their heads."""
    rows = re.findall(r"^\| (.*) \|$", re.sub(r"\|(?= \|$)", "| ", text, flags=re.M), re.M)
    cells = [[cell.strip() for cell in row.split(" | ")] for row in rows]
    return [row for row in cells if row[0] not in ("Term", "Not")]


TERMS = rows_of(DEFINITIONS)
RULED_OUT = [(word, row[2]) for row in rows_of(NOT_USED) for word in row[0].split(", ")]


def is_used(word, exceptions, text):
    """Return whether a text has the word outside of code, and of the phrases that are excepted."""
    text = re.sub(r"^```.*?^```|`[^`]*`|\]\([^)]*\)", " ", text, flags=re.DOTALL | re.MULTILINE)
    text = " ".join(text.split())
    for phrase in re.findall('"([^"]+)"', exceptions):
        text = re.sub(re.escape(phrase), " ", text, flags=re.IGNORECASE)
    return re.search(rf"\b{re.escape(word)}s?\b", text, re.IGNORECASE) is not None


def test_the_tables_are_read():
    assert len(TERMS) > 30
    assert {len(row) for row in TERMS} == {3}
    assert len(RULED_OUT) > 10


def test_each_term_is_defined_once_in_a_full_sentence():
    terms = [term.strip("*").casefold() for term, _, _ in TERMS]
    assert sorted(terms) == sorted(set(terms))
    assert [term for term, meaning, _ in TERMS if not re.search(r"\.\)?$", meaning)] == []
    assert set(terms) & {word for word, _ in RULED_OUT} == set()


@pytest.mark.parametrize("row", TERMS, ids=lambda row: row[0].strip("*"))
def test_what_the_last_column_names_is_there(row):
    for name in re.findall("`([^`]+)`", row[2]):
        if "/" in name:
            assert (ROOT / name).exists()
            continue
        path, _, parameter = name.strip(")").partition("(")
        found = xqute
        for part in path.split("."):
            found = getattr(found, part, None) or inspect.get_annotations(found)[part]
        if parameter:
            assert parameter in inspect.signature(found).parameters


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_uses_no_word_that_is_ruled_out(page):
    text = DEFINITIONS if page == GLOSSARY else page.read_text()
    assert [word for word, but in RULED_OUT if is_used(word, but, text)] == []


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("the second trial", True),
        ("Trials differ", True),
        ("industrial trialling", False),
        ("a\nTrial", True),
        ("`job.trial_count` and `a trial`", False),
        ("```sh\ntrial\n```\n", False),
        ("[first](trial.md)", False),
        ("in your\nterminal", False),
    ],
)
def test_a_word_is_found_in_prose_alone(text, used):
    assert any(is_used(word, but, text) for word, but in RULED_OUT) is used


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/on-disk.md"])
def test_the_first_pages_link_to_it(page):
    assert "glossary.md)" in (ROOT / page).read_text()
