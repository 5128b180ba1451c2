"""Two jobs share a fingerprint only when they are the same."""

from hypothesis import given
from hypothesis import strategies as st

from xqute._fingerprint import fingerprint

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3)
JOB = st.tuples(
    st.lists(TEXT, min_size=1, max_size=4).map(tuple),
    # No name of a variable holds `=`.
    st.dictionaries(TEXT.filter(lambda name: "=" not in name), st.none() | TEXT, max_size=3),
    TEXT,
    st.none() | st.integers(1, 3) | st.sampled_from([1.0, 2.5, 3.0]),
    st.dictionaries(TEXT, st.none() | TEXT | st.integers(0, 2), max_size=2),
)


@given(JOB, JOB)
def test_equal_if_and_only_if_all_is_equal(one, other):
    same = [*map(_exact, one)] == [*map(_exact, other)]
    assert (fingerprint(*one) == fingerprint(*other)) == same


def _exact(part):
    if isinstance(part, int | float):
        return repr(float(part))
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


def test_a_timeout_is_its_number_of_seconds():
    one, same, other = (fingerprint(("a",), None, "/", seconds, {}) for seconds in (5, 5.0, 5.5))
    assert one == same != other


def test_a_variable_that_is_unset_is_neither_empty_nor_left_out():
    envs = [{"A": None}, {"A": ""}, {}, {"A": "None"}, {"B": None}]
    assert len({fingerprint(("a",), env, "/", None, {}) for env in envs}) == len(envs)
