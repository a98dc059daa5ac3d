"""Whatever people write and whatever the data is: an answer or a sentence, never a traceback, and no text gets lost."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules_run.errors import ExpressionError, ValueFault
from rules_run.language.expressions import FUNCTIONS, evaluate, parse_select, parse_template, search
from rules_run.model.unknown import Unknown

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.just(Unknown("order.id")),
    st.just("2024-05-31"),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
WORDS = st.sampled_from(
    [*"abc.[]{}()*@&|!,:<>='`\" 01-é", "a.b", "[?", "[]", "[*]", "`1`", "'x'", "`null`", " == ", " < ", " && ", " || "]
    + [f"{name}(" for name in FUNCTIONS]
)
PIECES = (
    "{{ ~ }}~{% if ~ %}~{% else %}~{% endif %}~{% elif ~{# ~ #}~a~a.b~ | ~'x'~1.5~ == ~ and ~not ~[0]~('x')~{~}~%~-"
)
TAGS = st.sampled_from([*PIECES.split("~"), "~", "\n", " if ", " else ", "upper", "round(1)"])


def try_out(read: Any, text: str, scope: dict[str, Any]) -> None:
    with suppress(ExpressionError, ValueFault):
        evaluate(read(text), scope)


@given(st.lists(WORDS, max_size=14).map("".join), VALUES, VALUES)
def test_any_expression_over_any_data_answers_or_says_why_not(text: str, a: object, b: object) -> None:
    try_out(parse_select, text, {"a": a, "b": b, "c": a})
    with suppress(ExpressionError, ValueFault):
        search(text, {"a": a, "b": b})


@given(st.lists(TAGS, max_size=12).map("".join), VALUES)
def test_any_template_over_any_data_answers_or_says_why_not(text: str, a: object) -> None:
    try_out(parse_template, text, {"a": a, "upper": a})


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(VALUES, min_size=1, max_size=7))
def test_any_function_with_any_arguments_answers_or_says_why_not(name: str, values: list[object]) -> None:
    scope = {f"a{n}": value for n, value in enumerate(values)}
    kinds = [FUNCTIONS[name].parameter(n).types for n in range(len(values))]
    arguments = ["&a" if kind == ("expression",) else f"a{n}" for n, kind in enumerate(kinds)]
    try_out(parse_select, f"{name}({', '.join(arguments)})", scope)


@given(st.text(alphabet=st.characters(exclude_characters="{\r", exclude_categories=["Cs"])), st.text(max_size=20))
def test_the_text_around_a_value_stays_as_it_is(around: str, value: str) -> None:
    template = parse_template(around + "{{ x }}" + around)
    assert evaluate(template, {"x": value}) == around + value + around


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), st.integers() | st.text())
def test_a_field_of_any_name_is_found(name: str, value: object) -> None:
    assert search(json.dumps(name, ensure_ascii=False), {name: value}) == value


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=6))
def test_a_number_keeps_its_digits(number: Decimal) -> None:
    assert str(search(f"`{number:f}`", None)) == f"{number:f}"
    assert evaluate(parse_template("{{ x }}"), {"x": number}) == f"{number:f}"
