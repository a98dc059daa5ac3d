"""The `type` conversions: what becomes what, and what is a fault."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_run.errors import ValueFault
from rules_run.language.conversions import emit_conversion
from rules_run.language.expressions import CodeWriter
from rules_run.model.unknown import Unknown
from rules_run.model.values import Type

INTEGER, BOOLEAN, DATE = Type(name="integer"), Type(name="boolean"), Type(name="date")
DATETIME, MONEY, DECIMAL, TEXT = Type(name="datetime"), Type(name="money"), Type(name="decimal"), Type(name="text")
SHORT, CUT = Type(name="text", max=5), Type(name="text", max=5, overflow="cut")
TENTHS = Type(name="decimal", places=1)
ALL = [INTEGER, BOOLEAN, DATE, DATETIME, MONEY, DECIMAL, TEXT, SHORT, CUT, TENTHS]


@cache
def converter(kind: Type, places: int) -> Any:
    """The conversion as a rule runs it: generated code."""
    writer = CodeWriter()
    with writer.block("def f(value):"):
        writer.line(f"return {emit_conversion(writer, kind, 'value', currency_places=places)}")
    return writer.run()["f"]


def convert(kind: Type, value: object, places: int = 2) -> Any:
    return converter(kind, places)(value)


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        (TEXT, "a", "a"),
        (TEXT, "", ""),
        (TEXT, 5, "5"),
        (TEXT, Decimal("1.50"), "1.50"),
        (TEXT, Decimal("1E+3"), "1000"),
        (SHORT, "abcde", "abcde"),
        (CUT, "abcdefg", "abcde"),
        (CUT, "abcd efg", "abcd"),
        (INTEGER, 5, 5),
        (INTEGER, Decimal("5.00"), 5),
        (INTEGER, "29683576", 29683576),
        (INTEGER, "-3", -3),
        (DECIMAL, "12.30", Decimal("12.30")),
        (DECIMAL, 5, Decimal(5)),
        (TENTHS, "0.25", Decimal("0.3")),
        (TENTHS, Decimal("-0.25"), Decimal("-0.3")),
        (MONEY, Decimal("2.675"), Decimal("2.68")),
        (MONEY, 5, Decimal("5.00")),
        (DATE, "2024-05-31", "2024-05-31"),
        (DATE, "2024-05-31T23:30:00-04:00", "2024-05-31"),
        (DATETIME, "2024-05-31T08:00:00Z", "2024-05-31T08:00:00Z"),
        (BOOLEAN, True, True),
        (BOOLEAN, "false", False),
    ],
)
def test_a_value_that_reads_as_the_type_is_converted(kind: Type, value: object, result: object) -> None:
    found = convert(kind, value)
    assert found == result
    assert type(found) is type(result)
    assert str(found) == str(result)


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        (TEXT, True, "true is not a text"),
        (TEXT, ["a"], "a list is not a text"),
        (SHORT, "abcdef", '"abcdef" has 6 characters, and the field takes 5'),
        (INTEGER, "12,30", '"12,30" is not a whole number'),
        (INTEGER, Decimal("1.5"), "1.5 is not a whole number"),
        (INTEGER, True, "true is not"),
        (INTEGER, "", '"" is not a whole number'),
        (INTEGER, "１２", "is not a whole number"),
        (DECIMAL, "12,30", '"12,30" is not a number'),
        (DECIMAL, "1 284.50", "is not a number"),
        (DECIMAL, "1e5", "is not a number"),
        (DECIMAL, "NaN", "is not a number"),
        (DECIMAL, True, "true is not a number"),
        (MONEY, "$5", "is not a number"),
        (DATE, "31/05/2024", '"31/05/2024" is not a date'),
        (DATE, "2024-02-30", "is not a date"),
        (DATE, 20240531, "the number 20240531 is not a date"),
        (DATETIME, "2024-05-31", "is not a date with a time"),
        (DATETIME, "2024-05-31T08:00:00", "has no time zone"),
        (DATETIME, "2024-05-31T25:00:00Z", "is not a date with a time"),
        (BOOLEAN, "yes", '"yes" is not true or false'),
        (BOOLEAN, 1, "the number 1 is not true or false"),
    ],
)
def test_a_value_that_would_have_to_be_guessed_is_a_fault_that_shows_it(kind: Type, value: object, says: str) -> None:
    with pytest.raises(ValueFault) as fault:
        convert(kind, value)
    assert says in fault.value.message


@pytest.mark.parametrize("kind", ALL)
def test_nulls_and_unknown_values_pass_through(kind: Type) -> None:
    assert convert(kind, None) is None
    unknown = Unknown("company.id")
    assert convert(kind, unknown) is unknown


def test_money_takes_the_places_of_the_currency() -> None:
    assert str(convert(MONEY, Decimal("1284.5"), places=0)) == "1285"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=5))
def test_money_is_never_more_than_half_a_cent_away(amount: Decimal) -> None:
    assert abs(convert(MONEY, amount) - amount) <= Decimal("0.005")
    assert convert(MONEY, str(amount)) == convert(MONEY, amount)
