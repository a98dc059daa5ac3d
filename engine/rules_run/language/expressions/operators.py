"""What generated code calls when a quick test of a value's class has failed: nulls, unknowns, odd types, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules_run.errors import ValueFault
from rules_run.model.unknown import Unknown

from .values import LONGEST_TEXT, NUMBERS, kind_of, number_text, shown

EMPTY: Mapping[str, object] = {}


class _Later:
    """Stands in for the record behind an unknown value: every field of it is that unknown value."""

    __slots__ = ("get",)

    def __init__(self, unknown: Unknown) -> None:
        self.get = lambda name: unknown


def record(value: object) -> Mapping[str, object] | _Later:
    """Return something whose `get` gives the fields of a value: any mapping itself; what is no record has none."""
    if isinstance(value, Mapping):
        return value
    return _Later(value) if isinstance(value, Unknown) else EMPTY


def field(record: object, name: str) -> object:
    """Return a field of any mapping; what is no record has no fields."""
    if isinstance(record, Mapping):
        return record.get(name)
    return absent(record)


def values_of(record: object) -> object:
    """Return the values of any mapping as a list."""
    return list(record.values()) if isinstance(record, Mapping) else absent(record)


def absent(value: object) -> Unknown | None:
    """Return what a step into a value of the wrong kind gives: null, or unknown when the value is unknown."""
    return value if isinstance(value, Unknown) else None


def flattened(value: object) -> object:
    """Return a list with its inner lists merged into it."""
    if value.__class__ is not list:
        return absent(value)
    merged: list[Any] = []
    for item in value:
        if item.__class__ is list:
            merged.extend(item)
        else:
            merged.append(item)
    return merged


def equal(left: object, right: object) -> object:
    """Compare by value: numbers of any class with each other, booleans never with numbers."""
    for one in (left, right):
        if one.__class__ is Unknown:
            return one
    if left.__class__ is list and right.__class__ is list:
        return _equal_lists(left, right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and _equal_lists(list(left.values()), [right[name] for name in left])
    if left.__class__ is bool or right.__class__ is bool:
        return left is right
    return left == right


def _equal_lists(left: list[Any], right: list[Any]) -> object:
    if len(left) != len(right):
        return False
    for one, other in zip(left, right, strict=True):
        same = equal(one, other)
        if same is not True:
            return same
    return True


def different(left: object, right: object) -> object:
    """Return the opposite of `equal`."""
    same = equal(left, right)
    return same if same.__class__ is Unknown else not same


def ordered(left: object, right: object, labels: Sequence[str] | None) -> object:
    """Return what <, <=, > or >= gives for anything but two numbers: null, or a fault where rules are run.

    `labels` names both sides; without it data is searched by the letter of JMESPath.
    """
    for one in (left, right):
        if one.__class__ is Unknown:
            return one
    for position, one in enumerate((left, right)):
        if labels is not None and one is not None and one.__class__ not in NUMBERS:
            raise ValueFault(
                f"{_named(labels[position], one)}, and <, <=, > and >= compare only numbers.",
                code="E005",
                hint="Compare dates with before(a, b) or after(a, b); read a number from a text with to_number(a).",
            )
    return None


def negated(value: object) -> object:
    """Return the opposite of a truth."""
    true = truth(value)
    return true if true.__class__ is Unknown else not true


def truth(value: object) -> object:
    """Return whether a value counts as true: all but null, false and empty texts, lists and records."""
    if value.__class__ is Unknown:
        return value
    return bool(value) or value.__class__ in NUMBERS


def decided(value: object, label: str) -> object:
    """Return the truth of a template's condition; a number is refused, since zero would count as true."""
    if value.__class__ in NUMBERS:
        raise ValueFault(
            f"{_named(label, value)}, and a condition must be true or false.",
            code="E006",
            hint="Compare it: {% if amount != 0 %}.",
        )
    return truth(value)


def rendered(parts: Sequence[object], labels: Sequence[str]) -> object:
    """Return the text that a template's parts make, unknown when a part is, a fault when one cannot be printed."""
    for part in parts:
        if part.__class__ is Unknown:
            return part
    return bounded_render("".join(_printed(part, label) for part, label in zip(parts, labels, strict=True)))


def bounded_render(text: str) -> str:
    """Return the text, or refuse it when it is longer than 64 KB."""
    if len(text) > LONGEST_TEXT:
        raise ValueFault("The template makes a text longer than 64 KB.", code="E012")
    return text


def _printed(part: object, label: str) -> str:
    if isinstance(part, str):
        return part
    if part.__class__ in NUMBERS:
        return number_text(part)
    if part is None:
        raise ValueFault(
            f"{label} is empty.",
            code="T004",
            hint="Say what to print instead, {{ path | not_null('-') }}, or print it only under {% if path %}.",
        )
    raise ValueFault(f"{_named(label, part)}; only texts and numbers can be printed.", code="T005")


def called(function: Any, arguments: Sequence[Any], labels: Sequence[str] | None) -> object:
    """Call a function whose arguments did not pass the quick test: check them in full, or say what is wrong.

    `labels` as in `ordered`.
    """
    position = function.refused(arguments)
    if position is None:
        run = function.official if labels is None and function.official else function.implementation
        result: object = run(*arguments)
        return result
    for argument in arguments:
        for one in (argument, *argument) if argument.__class__ is list else (argument,):
            if one.__class__ is Unknown:
                return one
    parameter = function.parameter(position)
    argument = arguments[position]
    what = _named(labels[position], argument) if labels else f"{parameter.name} is {shown(argument)}"
    if parameter.types[0].startswith("list[") and argument.__class__ is list:
        what = f"{parameter.name} holds {_odd_one(argument)}"
    raise ValueFault(f"{function}: {what}, but has to be {parameter.words()}.", code="E008", hint=_hint(argument))


def _odd_one(values: list[Any]) -> str:
    kinds = [kind_of(value) for value in values]
    odd = next((n for n, kind in enumerate(kinds) if kind not in ("text", "number") or kind != kinds[0]), 0)
    return "an empty value" if values[odd] is None else shown(values[odd])


def _hint(argument: object) -> str:
    return "Give a value instead, with not_null(a, b), or leave it out with `when`." if argument is None else ""


def _named(label: str, value: object) -> str:
    return f"{label or 'A value'} is {shown(value)}"
