"""`levels`: the quantity of a service over time, by table and by rule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_run.errors import Hold, ValueFault
from rules_run.language.expressions import evaluate, parse_select
from rules_run.language.expressions.functions.levels import is_full
from rules_run.model.unknown import Unknown

CASES = "levels.yaml"
CALL = "levels(rows, &from, &to, &quantity, start, end, effective)"
START = date(2019, 5, 4)


def levels(rows: list[dict[str, Any]], start: object, end: object, effective: str = "service_date") -> Any:
    scope = {"rows": rows, "start": start, "end": end, "effective": effective}
    return evaluate(parse_select(CALL), scope)


def row(written: list[Any]) -> dict[str, Any]:
    begin, end, quantity, *price = written
    return {"from": begin, "to": end, "quantity": quantity, "unitPrice": price[0] if price else 8}


def test_the_levels_are_what_the_table_says(case: dict[str, Any]) -> None:
    rows = [row(written) for written in case["rows"]]
    start, end = case.get("contract", ["2019-05-04", "2029-05-03"])
    found = levels(rows, start, end, case.get("effective", "service_date"))
    shown = [[level["from"], level["units"], level["added"], level["base"]] for level in found]
    assert shown == case["levels"]
    if "prices" in case:
        assert [level["row"]["unitPrice"] for level in found] == case["prices"]


def test_unequal_prices_on_one_date_are_a_hold_that_shows_both() -> None:
    rows = [row(["2019-06-04", "2019-07-03", 1, 8]), row(["2019-06-04", "2019-07-03", 2, 9])]
    with pytest.raises(Hold, match=r"2019-06-04.*unitPrice.*8.*9"):
        levels(rows, "2019-05-04", "2029-05-03")


def test_a_row_that_ends_before_it_begins_or_lacks_a_quantity_is_a_fault() -> None:
    with pytest.raises(ValueFault, match="before it begins"):
        levels([row(["2019-06-04", "2019-06-01", 1])], "2019-05-04", "2029-05-03")
    with pytest.raises(ValueFault, match="quantity of a row is empty"):
        levels([row(["2019-06-04", "2019-06-05", None])], "2019-05-04", "2029-05-03")
    with pytest.raises(ValueFault, match="next_month"):
        levels([], "2019-05-04", "2029-05-03", "next_month")


def test_an_unknown_contract_date_makes_the_levels_unknown() -> None:
    unknown = Unknown("contract.startDate")
    assert levels([row(["2019-06-04", "2019-07-03", 1])], unknown, "2029-05-03") == unknown


@pytest.mark.parametrize(
    ("begin", "end", "full"),
    [
        ("2019-05-04", "2019-06-03", True),
        ("2019-05-04", "2019-08-03", True),
        ("2019-05-04", "2019-06-02", False),
        ("2019-05-13", "2019-06-03", False),
        ("2019-06-01", "2019-06-30", True),
        ("2019-01-31", "2019-02-27", True),
        ("2019-02-28", "2019-03-30", True),
        ("2019-02-28", "2019-03-27", True),
        ("2019-02-28", "2019-03-29", True),
        ("2019-02-28", "2019-03-26", False),
        ("2020-02-29", "2020-03-30", True),
        ("2019-04-30", "2019-05-30", True),
        ("2019-03-31", "2019-04-29", True),
        ("2019-03-31", "2019-04-28", False),
        ("2019-05-30", "2019-06-29", True),
        ("2019-05-30", "2019-06-28", False),
    ],
)
def test_a_row_is_full_when_it_covers_whole_months(begin: str, end: str, full: bool) -> None:
    assert is_full(date.fromisoformat(begin), date.fromisoformat(end)) is full


ROWS = st.lists(
    st.builds(
        lambda begin, length, quantity: row(
            [
                (START + timedelta(days=begin)).isoformat(),
                (START + timedelta(days=begin + length)).isoformat(),
                quantity,
            ]
        ),
        st.integers(-60, 200),
        st.integers(0, 100),
        st.integers(0, 9),
    ),
    max_size=6,
)


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    found, again = (levels(each, "2019-05-04", "2019-09-03") for each in (rows, shuffled))
    assert [{**level, "row": None} for level in found] == [{**level, "row": None} for level in again]


@given(ROWS, st.sampled_from(["service_date", "period_start", "next_period"]))
def test_every_level_lies_in_the_contract_and_is_either_a_sum_or_an_addition(
    rows: list[dict[str, Any]], effective: str
) -> None:
    found = levels(rows, "2019-05-04", "2019-09-03", effective)
    dates = [level["from"] for level in found]
    assert dates == sorted(set(dates))
    for level in found:
        assert "2019-05-04" <= level["from"] <= "2019-09-03"
        assert (level["units"] is None) is (level["added"] is not None) is (level["base"] is not None)
        assert level["base"] is None or level["base"] < level["from"]
        if effective != "service_date":
            assert level["from"].endswith("-04")
