"""Which records meet which conditions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules_run.mapping.filtering import matches
from rules_run.model.exchange import Condition

CASES = yaml.safe_load(Path(__file__).with_name("filtering.yaml").read_text(encoding="utf-8"))
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.decimals(-5, 5, places=1)
    | st.sampled_from(["", "x", "5", "2019-05-13", "2019-05-13T00:00:00Z"])
)


@pytest.mark.parametrize(("record", "field", "op", "value", "met"), CASES, ids=lambda each: str(each)[:30])
def test_the_table_holds(record, field, op, value, met):
    value = tuple(value) if isinstance(value, list) else value
    assert matches(record, [Condition(field=field, op=op, value=value)]) is met


def test_numbers_compare_by_value():
    assert matches({"a": Decimal("5.00")}, [Condition(field="a", op="eq", value=5)])
    assert matches({"a": 5}, [Condition(field="a", op="in", value=(Decimal("5.0"),))])


def test_every_condition_must_hold():
    record = {"a": 1, "b": 2}
    one, other = Condition(field="a", op="eq", value=1), Condition(field="b", op="eq", value=3)
    assert matches(record, [])
    assert not matches(record, [one, other])


@given(VALUES, VALUES.filter(lambda value: value is not None))
def test_an_operator_and_its_opposite_never_agree(value, asked):
    def met(op, right=asked):
        return matches({"a": value}, [Condition(field="a", op=op, value=right)])

    assert met("eq") is not met("not")
    assert met("in", (asked,)) is met("eq")
    assert met("in", (asked,)) is not met("not_in", (asked,))
    assert met("empty", True) is not met("empty", False)
    assert met("gte") is (met("gt") or (met("eq") and met("lte")))
    assert not (met("gt") and met("lt"))
