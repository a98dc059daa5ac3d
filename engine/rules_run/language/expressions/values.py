"""What a value is: the kinds of data an expression meets, and how they read as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from rules_run.errors import ValueFault
from rules_run.model.unknown import Unknown

LONGEST_TEXT = 64 * 1024
MOST_DIGITS = 60
Number = TypeVar("Number", bound=int | Decimal)
NUMBERS = frozenset((int, Decimal))
_HUGE = 10**MOST_DIGITS

_KINDS: dict[type, str] = {
    str: "text",
    int: "number",
    Decimal: "number",
    bool: "boolean",
    list: "list",
    dict: "record",
    type(None): "null",
}


def kind_of(value: object) -> str:
    """Name the kind of a value: text, number, boolean, list, record, null, unknown or expression."""
    kind = _KINDS.get(value.__class__)
    if kind:
        return kind
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, Mapping):
        return "record"
    return "expression" if callable(value) else value.__class__.__name__


def shown(value: object) -> str:
    """Return a value as a message shows it, cut to a readable length."""
    if value is None:
        return "empty"
    if isinstance(value, Unknown):
        return str(value)
    if value.__class__ in NUMBERS:
        return f"the number {number_text(value) if fits(value) else 'with too many digits'}"
    if isinstance(value, str):
        return f'"{value[:60]}..."' if len(value) > 60 else f'"{value}"'
    kind = kind_of(value)
    return f"the boolean {str(value).lower()}" if kind == "boolean" else f"a {kind}"


def fits(number: object) -> bool:
    """Tell whether a number has a size that money, quantities and ids have."""
    if isinstance(number, Decimal):
        return number.is_finite() and -MOST_DIGITS <= number.adjusted() <= MOST_DIGITS
    return isinstance(number, int) and -_HUGE < number < _HUGE


def bounded(number: Number) -> Number:
    """Return the number, or refuse it when it has too many digits."""
    if not fits(number):
        raise ValueFault("The number has too many digits.", code="E012")
    return number


def number_text(number: object) -> str:
    """Return a number in plain digits, never with an exponent."""
    if isinstance(number, Decimal):
        return format(bounded(number), "f")
    return str(number)


def bounded_text(text: str) -> str:
    """Return the text, or refuse it when it is longer than 64 KB."""
    if len(text) > LONGEST_TEXT:
        raise ValueFault("The text is longer than 64 KB.", code="E012")
    return text


class _KnownLater(Exception):  # a turn, not an error
    """An unknown value stands inside the value that is being written."""


def json_text(value: object, *, canonical: bool = False) -> str | Unknown:
    """Return a value as compact JSON, unknown when it holds an unknown; canonical JSON is equal for equal values."""
    pieces: list[str] = []
    try:
        _write_json(value, pieces.append, canonical)
    except _KnownLater as turn:
        unknown: Unknown = turn.args[0]
        return unknown
    return bounded_text("".join(pieces))


def _write_json(value: object, write: Callable[[str], None], canonical: bool) -> None:
    if isinstance(value, Mapping):
        _write_record(value, write, canonical)
    elif isinstance(value, list):
        write("[")
        for position, item in enumerate(value):
            write("," if position else "")
            _write_json(item, write, canonical)
        write("]")
    elif value.__class__ in NUMBERS:
        write(canonical_number(value) if canonical else number_text(value))
    elif isinstance(value, Unknown):
        raise _KnownLater(value)
    elif kind_of(value) in ("text", "boolean", "null"):
        write(json.dumps(value, ensure_ascii=False))
    else:
        raise ValueFault(f"Found {shown(value)}, which cannot be written as text.", code="E008")


def _write_record(record: Mapping[str, object], write: Callable[[str], None], canonical: bool) -> None:
    write("{")
    for position, name in enumerate(sorted(record) if canonical else record):
        write("," if position else "")
        write(json.dumps(name, ensure_ascii=False) + ":")
        _write_json(record[name], write, canonical)
    write("}")


def canonical_number(number: object) -> str:
    """Return one text for all numbers of the same value."""
    text = number_text(number)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
