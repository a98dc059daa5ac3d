"""Compiled expressions against the JMESPath library's own interpreter, over generated expressions and data."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import jmespath
from hypothesis import given
from hypothesis import strategies as st

from rules_run.errors import ExpressionError
from rules_run.language.expressions import search

# 0 and 1 are left out: inside lists the library takes them for false and true, against the standard
DATA = st.recursive(
    st.none() | st.integers(2, 9) | st.sampled_from(["", "x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions made of smaller ones."""
    one = [
        ".a",
        ".b",
        "[0]",
        "[-1]",
        "[*]",
        "[*].a",
        "[]",
        "[].b",
        ".*",
        "[1:]",
        "[::-1].a",
        " | [0]",
        " | a",
        ".[a, b]",
    ]
    one += [
        ".{a: b, c: @}",
        "[?a]",
        "[?a == `2`].b",
        "[?!b]",
        " | not_null(@, a)",
        "[*].[a, @]",
        ".to_array(@)",
        " | c",
    ]
    two = ["{} || {}", "{} && {}", "({}) == ({})", "({}) != ({})", "[{}, {}]", "{} | {}", "not_null({}, {})"]
    return st.one_of(
        st.tuples(inner, st.sampled_from(one)).map(lambda parts: f"({parts[0]}){parts[1]}"),
        st.tuples(inner, st.sampled_from(one)).map("".join),
        st.tuples(st.sampled_from(two), inner, inner).map(lambda parts: parts[0].format(*parts[1:])),
        inner.map(lambda text: f"!({text})"),
    )


EXPRESSIONS = st.recursive(st.sampled_from(["a", "b", "c", "@", "`2`", "'x'", "`[]`", "*"]), larger, max_leaves=6)


@given(EXPRESSIONS, DATA)
def test_a_compiled_expression_gives_what_the_library_gives(text: str, data: Any) -> None:
    with suppress(ExpressionError):  # too many multi-selects in a chain
        found = search(text, data)
        assert found == jmespath.search(text, data)
