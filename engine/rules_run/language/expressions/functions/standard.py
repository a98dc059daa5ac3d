"""The 26 functions of the JMESPath standard, exact on Decimal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from rules_run.errors import ValueFault
from rules_run.model.unknown import Unknown

from ..operators import equal
from ..values import NUMBERS, bounded_text, fits, json_text, kind_of, shown
from .lists import average, max_by, min_by, sort_by, total_of
from .numbers import whole
from .signature import Function, function

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_OFFICIAL_KINDS = {"text": "string", "list": "array", "record": "object"}


def _contains(subject: Any, search: object) -> object:
    if isinstance(subject, str):
        return search in subject if isinstance(search, str) else False
    for item in subject:
        same = equal(item, search)
        if same is not False:
            return same
    return False


def _join(separator: str, values: list[str]) -> str:
    return bounded_text(separator.join(values))


def _not_null(*values: object) -> object:
    return next((value for value in values if value is not None), None)


def _merge(*records: Mapping[str, object]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for record in records:
        merged.update(record)
    return merged


def _to_number(value: object) -> object:
    number = _official_to_number(value)
    if number is None and isinstance(value, str):
        raise ValueFault(f"to_number() cannot read {shown(value)} as a number.", code="E011")
    return number


def _official_to_number(value: object) -> object:
    if value.__class__ in NUMBERS:
        return value
    if not isinstance(value, str) or len(value) > 100 or not _NUMBER.fullmatch(value):
        return None
    number = Decimal(value) if set(value) & set(".eE") else int(value)
    return number if fits(number) else None


def _to_string(value: object) -> str | Unknown:
    return value if isinstance(value, str) else json_text(value)


def _type(value: object) -> str:
    kind = kind_of(value)
    return _OFFICIAL_KINDS.get(kind, kind)


_PEOPLE = [{"name": "Zoe", "age": 31}, {"name": "Adam", "age": 54}]
_ORDERED = "list[number]|list[text]"

STANDARD: tuple[Function, ...] = (
    function("abs(value: number)", "number", "The number without its sign.", abs, ((Decimal("-1.5"),), Decimal("1.5"))),
    function(
        "avg(values: list[number])",
        "number|null",
        "The mean; null for an empty list.",
        average,
        (([1, 2],), Decimal("1.5")),
    ),
    function(
        "ceil(value: number)",
        "number",
        "The next whole number upwards.",
        lambda value: whole(value, ROUND_CEILING),
        ((Decimal("1.2"),), 2),
    ),
    function(
        "contains(subject: text|list, search: any)",
        "boolean",
        "Whether a text or a list holds something.",
        _contains,
        (("foobar", "oba"), True),
        (([1, 2], 3), False),
    ),
    function(
        "ends_with(value: text, end: text)",
        "boolean",
        "Whether a text ends with another.",
        str.endswith,
        (("invoice.pdf", ".pdf"), True),
    ),
    function(
        "floor(value: number)",
        "number",
        "The next whole number downwards.",
        lambda value: whole(value, ROUND_FLOOR),
        ((Decimal("1.8"),), 1),
    ),
    function(
        "join(separator: text, values: list[text])",
        "text",
        "The texts of a list joined to one.",
        _join,
        ((", ", ["a", "b"]), "a, b"),
    ),
    function("keys(record: record)", "list", "The field names of a record.", list, (({"a": 1, "b": 2},), ["a", "b"])),
    function(
        "length(value: text|list|record)",
        "number",
        "The number of characters, elements or fields.",
        len,
        (("invoice",), 7),
        (([1, 2],), 2),
    ),
    function(
        "map(each: expression, values: list)",
        "list",
        "What the expression gives for each element, nulls too.",
        lambda each, values: [each(value) for value in values],
        (("&age", _PEOPLE), [31, 54]),
    ),
    function(
        f"max(values: {_ORDERED})",
        "number|text|null",
        "The greatest; null for an empty list.",
        lambda values: max(values, default=None),
        (([3, 12],), 12),
    ),
    function(
        "max_by(values: list, key: expression)",
        "any",
        "The element with the greatest key.",
        max_by,
        ((_PEOPLE, "&age"), _PEOPLE[1]),
        keeps="element",
    ),
    function(
        "merge(records...: record)",
        "record",
        "One record of the fields of all, later ones winning.",
        _merge,
        (({"a": 1}, {"b": 2}), {"a": 1, "b": 2}),
    ),
    function(
        f"min(values: {_ORDERED})",
        "number|text|null",
        "The smallest; null for an empty list.",
        lambda values: min(values, default=None),
        (([3, 12],), 3),
    ),
    function(
        "min_by(values: list, key: expression)",
        "any",
        "The element with the smallest key.",
        min_by,
        ((_PEOPLE, "&age"), _PEOPLE[0]),
        keeps="element",
    ),
    function(
        "not_null(values...: anything)", "any", "The first value that is not null.", _not_null, ((None, "b"), "b")
    ),
    function(
        "reverse(value: text|list)",
        "text|list",
        "The text or list backwards.",
        lambda value: value[::-1],
        (("abc",), "cba"),
        (([1, 2],), [2, 1]),
        keeps="list",
    ),
    function(
        f"sort(values: {_ORDERED})",
        "list",
        "The numbers or texts in ascending order.",
        sorted,
        ((["b", "a"],), ["a", "b"]),
    ),
    function(
        "sort_by(values: list, key: expression)",
        "list",
        "The elements in ascending order of a key.",
        sort_by,
        ((_PEOPLE, "&name"), _PEOPLE[::-1]),
        keeps="list",
    ),
    function(
        "starts_with(value: text, start: text)",
        "boolean",
        "Whether a text starts with another.",
        str.startswith,
        (("INV-1042", "INV"), True),
    ),
    function(
        "sum(values: list[number])",
        "number",
        "The exact sum.",
        total_of,
        (([Decimal("0.1"), Decimal("0.2")],), Decimal("0.3")),
    ),
    function(
        "to_array(value: any)",
        "list",
        "A list of the one value; a list stays as it is.",
        lambda value: value if isinstance(value, list) else [value],
        (("a",), ["a"]),
        keeps="list",
    ),
    function(
        "to_number(value: any)",
        "number|null",
        "The number that a text holds; another text is a fault.",
        _to_number,
        (("12.30",), Decimal("12.30")),
        official=_official_to_number,
    ),
    function(
        "to_string(value: any)",
        "text",
        "The value as text; numbers in plain digits, lists and records as JSON.",
        _to_string,
        ((Decimal("1.10"),), "1.10"),
    ),
    function("type(value: any)", "text", "The JMESPath name of the value's type.", _type, (("a",), "string")),
    function(
        "values(record: record)",
        "list",
        "The values of a record.",
        lambda record: list(record.values()),
        (({"a": 1},), [1]),
    ),
)
