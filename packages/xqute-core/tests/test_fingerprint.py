"""Two jobs share a fingerprint only when they are the same."""

from hypothesis import given
from hypothesis import strategies as st

from xqute._fingerprint import fingerprint

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3)
JOB = st.tuples(
    st.lists(TEXT, min_size=1, max_size=4).map(tuple),
    st.dictionaries(TEXT, TEXT, max_size=3),
    TEXT,
    st.none() | st.integers(1, 3) | st.just(2.5),
    st.dictionaries(TEXT, st.none() | TEXT | st.integers(0, 2), max_size=2),
)


@given(JOB, JOB)
def test_equal_if_and_only_if_all_is_equal(one, other):
    same = [*map(_exact, one)] == [*map(_exact, other)]
    assert (fingerprint(*one) == fingerprint(*other)) == same


def _exact(part):
    return repr(sorted(part.items())) if isinstance(part, dict) else repr(part)


@given(JOB)
def test_the_order_of_variables_and_options_does_not_matter(job):
    cmd, env, cwd, timeout, options = job
    turned = [dict(reversed(part.items())) for part in (env, options)]
    assert fingerprint(*job) == fingerprint(cmd, turned[0], cwd, timeout, turned[1])


@given(st.lists(TEXT, min_size=2, max_size=5))
def test_where_a_word_ends_matters(words):
    joined = (words[0] + words[1], *words[2:])
    assert fingerprint(tuple(words), None, "/", None, {}) != fingerprint(
        joined, None, "/", None, {}
    )


def test_a_word_is_no_variable():
    words = fingerprint(("a", "b", "c"), None, "/", None, {})
    assert words != fingerprint(("a",), {"b": "c"}, "/", None, {})


def test_undecodable_bytes_are_taken():
    assert fingerprint(("\udcff",), None, "/", None, {}) != fingerprint(("?",), None, "/", None, {})


def test_no_environment_is_an_empty_one():
    assert fingerprint(("a",), None, "/", None, {}) == fingerprint(("a",), {}, "/", None, {})
