"""What would change in a target, and digests that are equal for equal values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_run.mapping.difference import changes, digest, has_unknown, same
from rules_run.model.unknown import Unknown

scalars = st.none() | st.booleans() | st.integers(-99, 99) | st.decimals(-9, 9, places=2) | st.text(max_size=4)
names = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=3)
records = st.dictionaries(names, scalars | st.lists(scalars, max_size=3), max_size=4)


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        (5, Decimal("5.00"), True),
        (Decimal("5.1"), Decimal("5.10"), True),
        (5, "5", False),
        (None, "", True),
        (None, [], True),
        (None, 0, False),
        (None, False, False),
        (True, 1, False),
        (True, True, True),
        ("a", "A", False),
        ([1, 2], [1, Decimal(2)], True),
        ([1, 2], [2, 1], False),
        ({"a": 1, "more": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
    ],
)
def test_what_is_the_same_to_a_person(left: object, right: object, alike: bool) -> None:
    assert same(left, right) is alike


def told(desired: dict[str, object], current: dict[str, object] | None) -> list[tuple[str, object, object]]:
    return [(change.field, change.old, change.new) for change in changes(desired, current)]


def test_only_what_differs_is_told_field_by_field() -> None:
    current = {"name": "Ann", "city": "Oslo", "total": Decimal("5.00"), "extra": "stays"}
    assert told({"name": "Ann", "city": "Bergen", "total": 5}, current) == [("city", "Oslo", "Bergen")]


def test_everything_is_new_where_nothing_stands() -> None:
    assert told({"name": "Ann", "note": None}, None) == [("name", None, "Ann")]


def test_dotted_fields_are_compared_inside() -> None:
    current = {"ref": {"value": "7", "name": "x"}, "userDefinedFields": {"Customer Rank": "A"}}
    assert told({"ref.value": "7", 'userDefinedFields."Customer Rank"': "B"}, current) == [
        ('userDefinedFields."Customer Rank"', "A", "B")
    ]


def test_lists_are_told_line_by_line() -> None:
    current = {"lines": [{"n": 1, "id": 10}, {"n": 2, "id": 11}, {"n": 3, "id": 12}]}
    desired = {"lines": [{"n": 1}, {"n": 5}]}
    assert told(desired, current) == [("lines[1].n", 2, 5), ("lines[2]", {"n": 3, "id": 12}, None)]
    assert told({"lines": [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]}, current) == [("lines[3].n", None, 4)]


@given(records)
def test_what_was_written_is_no_change_any_more(record: dict[str, object]) -> None:
    assert changes(record, record) == ()


@given(records)
def test_equal_values_have_equal_digests_whatever_their_order(record: dict[str, object]) -> None:
    backwards = dict(reversed(list(record.items())))
    assert digest(record) == digest(backwards)
    assert digest({**record, "n": Decimal("5.00")}) == digest({**record, "n": 5})


@given(scalars, scalars)
def test_different_values_have_different_digests(left: object, right: object) -> None:
    alike = left == right and isinstance(left, bool) is isinstance(right, bool)
    assert (digest([left]) == digest([right])) is alike


def test_what_is_known_after_apply_is_found_however_deep() -> None:
    unknown = Unknown("id of contract 7")
    assert has_unknown({"lines": [{"a": 1}, {"b": unknown}]})
    assert not has_unknown({"lines": [{"a": 1}], "b": None})
    assert digest([unknown]) != digest(["id of contract 7"])
