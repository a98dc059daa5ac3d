"""Rows become documents, and documents have keys."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_run.mapping.grouping import key_text, scopes

from .test_compiled import compiled

parts = st.text(min_size=1) | st.integers() | st.booleans()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["0048213"], "0048213"),
        ([5, "SKU"], "5/SKU"),
        (["a/b", "c"], "a%2Fb/c"),
        (["a", "b/c"], "a/b%2Fc"),
        (["50%", "2F"], "50%25/2F"),
        ([Decimal("1.50")], "1.5"),
        ([Decimal("100")], "100"),
        ([Decimal("1E+3"), 7], "1000/7"),
        ([None], None),
        (["a", ""], None),
    ],
)
def test_the_text_of_a_key(values: list[object], text: str | None) -> None:
    assert key_text(values) == text


@given(st.lists(parts, min_size=1, max_size=3), st.lists(parts, min_size=1, max_size=3))
def test_different_keys_have_different_texts(left: list[object], right: list[object]) -> None:
    assert (key_text(left) == key_text(right)) is (list(map(str, left)) == list(map(str, right)))


GROUPED = (
    "    group_by: {keys: {kind: item.kind, n: item.n}, sort: [item.at], as: g}",
    "    key: [g.kind, g.n]",
    '    to: {write: books.Bills, set: {rows: "length(g.items)"}}',
)


def groups(folder: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rule, _ = compiled(folder, *GROUPED)
    return [scope["g"] for scope in scopes(rule, rows, {})]  # type: ignore[misc]


def test_rows_with_equal_keys_are_one_group_sorted_as_it_says_nulls_last(tmp_path: Path) -> None:
    rows = [
        {"kind": "b", "n": 1, "at": "2019-06-02"},
        {"kind": "a", "n": 1, "at": None},
        {"kind": "b", "n": Decimal("1.0"), "at": "2019-06-01"},
        {"kind": "a", "n": 1, "at": "2019-06-03"},
        {"kind": None, "n": 1, "at": "2019-06-03"},
    ]
    found = groups(tmp_path, rows)
    assert [(group["kind"], [row["at"] for row in group["items"]]) for group in found] == [
        ("b", ["2019-06-01", "2019-06-02"]),
        ("a", ["2019-06-03", None]),
        (None, ["2019-06-03"]),
    ]


def test_without_a_group_each_row_is_a_document_with_the_outer_names(tmp_path: Path) -> None:
    rule, _ = compiled(tmp_path, "    key: item.id", "    to: {write: books.Bills, set: {n: item.n}}")
    assert list(scopes(rule, [{"id": 1}, {"id": 2}], {"run": {}})) == [
        {"run": {}, "item": {"id": 1}},
        {"run": {}, "item": {"id": 2}},
    ]
