"""The function table: its examples, its completeness, and laws that must hold for every number and date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_run.errors import ValueFault
from rules_run.language.expressions import FUNCTIONS, Function, evaluate, parse_select, parse_template
from rules_run.model.unknown import Unknown

EXAMPLES = [(function, given, result) for function in FUNCTIONS.values() for given, result in function.examples]
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=4)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1))
SAMPLES = {"text": "a", "number": 1, "list": [], "record": {}, "date": "2024-05-31", "any": 1, "anything": 1}


def call(text: str, **scope: Any) -> Any:
    return evaluate(parse_select(text), scope)


@pytest.mark.parametrize(("function", "arguments", "result"), EXAMPLES)
def test_every_example_is_true(function: Function, arguments: tuple[object, ...], result: object) -> None:
    found = evaluate(parse_select(function.example_text(arguments)), {})
    assert found == result
    assert "float" not in repr(type(found))


def test_every_function_has_a_sentence_and_an_example() -> None:
    for function in FUNCTIONS.values():
        assert function.doc.endswith(".")
        assert function.examples
    assert len(FUNCTIONS) == 26 + 23


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_a_filter_unless_it_takes_expressions(name: str) -> None:
    function = FUNCTIONS[name]
    if any(parameter.types == ("expression",) for parameter in function.parameters):
        return
    names = [f"a{n}" for n, _ in enumerate(function.parameters)]
    rest = f"({', '.join(names[1:])})" if names[1:] else ""
    template = parse_template("{{ a0 | " + name + rest + " }}")
    assert isinstance(evaluate(template, dict.fromkeys(names, Unknown("order.id"))), Unknown)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"not_null"}))
def test_an_unknown_argument_makes_the_result_unknown(name: str) -> None:
    function, unknown = FUNCTIONS[name], Unknown("order.id")
    for position, parameter in enumerate(function.parameters):
        if parameter.types == ("expression",):
            continue
        arguments, scope = [], {}
        for n, other in enumerate(function.parameters):
            kind = other.types[0].partition("[")[0]
            arguments.append("&x" if kind == "expression" else f"a{n}")
            scope[f"a{n}"] = unknown if n == position else SAMPLES.get(kind, [])
        assert call(f"{name}({', '.join(arguments)})", **scope) == unknown


def test_not_null_passes_an_unknown_on_only_when_it_comes_first() -> None:
    assert call("not_null(a, b)", a=None, b=Unknown("x")) == Unknown("x")
    assert call("not_null(a, b)", a=1, b=Unknown("x")) == 1


def test_an_unknown_inside_a_list_or_record_makes_the_text_unknown() -> None:
    unknown = Unknown("company.id")
    for text in ("to_string(a)", "short_id(a)", "join_text(a, ',')", "join(',', a)", "sum(a)", "max(a)"):
        assert call(text, a=[unknown]) == unknown
    assert call("sort_by(a, &id)", a=[{"id": 1}, {"id": unknown}]) == unknown


@given(AMOUNTS, AMOUNTS)
def test_sums_and_differences_are_exact(left: Decimal, right: Decimal) -> None:
    assert call("subtract(add(a, b), b)", a=left, b=right) == left
    assert call("sum([a, b])", a=left, b=right) == left + right


@given(AMOUNTS, st.integers(0, 4))
def test_rounding_goes_half_up_and_is_never_further_than_half_a_unit(amount: Decimal, places: int) -> None:
    rounded, half = call("round(a, p)", a=amount, p=places), Decimal(5).scaleb(-places - 1)
    assert rounded.as_tuple().exponent == -places
    assert abs(rounded - amount) <= half
    if abs(rounded - amount) == half:
        assert abs(rounded) > abs(amount)


@given(DAYS, st.integers(-10_000, 10_000))
def test_days_added_are_the_days_between(day: date, count: int) -> None:
    text = day.isoformat()
    assert call("days_between(d, add_days(d, n))", d=text, n=count) == count
    assert call("before(d, add_days(d, n))", d=text, n=count) is (count > 0)
    assert call("after(d, add_days(d, n))", d=text, n=count) is (count < 0)


@given(DAYS, st.integers(-200, 200))
def test_months_added_keep_the_day_or_end_the_month(day: date, count: int) -> None:
    found = date.fromisoformat(call("add_months(d, n)", d=day.isoformat(), n=count))
    assert found.year * 12 + found.month == day.year * 12 + day.month + count
    assert found.day == day.day or call("add_days(d, `1`)", d=found.isoformat()).endswith("-01")


def test_datetimes_are_compared_as_points_in_time_and_keep_their_time() -> None:
    assert call("before(a, b)", a="2024-05-31T23:30:00-04:00", b="2024-06-01T04:00:00Z") is True
    assert call("before(a, b)", a="2024-05-31T23:30:00-04:00", b="2024-05-31") is False
    assert call("add_days(a, `1`)", a="2024-05-31T23:30:00-04:00") == "2024-06-01T23:30:00-04:00"
    assert call("max_date([a, b])", a="2024-05-31T10:00:00Z", b="2024-05-31T09:00:00-04:00").startswith("2024-05-31T09")


@given(st.lists(st.one_of(st.integers(), AMOUNTS, st.text(), st.none(), st.booleans())))
def test_unique_keeps_the_first_of_each_value(values: list[Any]) -> None:
    found = call("unique(v)", v=values)
    assert all(call("contains(f, x)", f=found, x=value) for value in values)
    assert call("unique(v)", v=found) == found


@given(AMOUNTS)
def test_equal_numbers_have_the_same_short_id_however_they_are_written(amount: Decimal) -> None:
    assert call("short_id([a])", a=amount) == call("short_id([a])", a=amount * Decimal("1.000"))
    assert call("short_id([a])", a=amount) != call("short_id([a])", a=str(amount))


def test_half_a_character_in_a_text_is_no_traceback() -> None:
    half = "\ud800x"
    with pytest.raises(ValueFault, match="half a character"):
        call("regex_find(a, 'x')", a=half)
    assert len(call("short_id(a)", a=half)) == 12
    assert call(f"upper('{half}')") == "\ud800X"


@pytest.mark.parametrize("text", ["round(a, `2`)", "sum([a])", "a < `2`", "add(a, a)", "to_string(a)", "unique([a])"])
def test_a_binary_float_is_refused(text: str) -> None:
    with pytest.raises(ValueFault, match="float"):
        call(text, a=0.1)
