"""The `type` conversions: from a value of a record to the value a field takes, without guessing.

A null stays null and an unknown value unknown; whatever does not already read as the type is a fault that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from rules_run.errors import ValueFault
from rules_run.model.unknown import Unknown
from rules_run.model.values import Type, TypeName

from .expressions.functions.dates import instant, split_date
from .expressions.functions.numbers import round_half_up
from .expressions.values import NUMBERS, bounded, number_text, shown

Convert = Callable[[object], object]

MONEY_PLACES = 2
_INTEGER = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?", re.ASCII)


def to_text(value: object, most: int | None = None, *, cut: bool = False) -> object:
    """Return a text or a number as text; one that is too long is a fault, or cut."""
    if value.__class__ is not str:
        if value is None or isinstance(value, Unknown):
            return value
        if value.__class__ not in NUMBERS:
            raise _fault(value, "a text", "Only texts and numbers become texts.")
        value = number_text(value)
    text = str(value)
    if most is None or len(text) <= most:
        return text
    if cut:
        return text[:most].rstrip()
    raise ValueFault(
        f"{shown(text)} has {len(text)} characters, and the field takes {most}.",
        code="E013",
        hint="Shorten it, or cut it with `overflow: cut`.",
    )


def to_integer(value: object) -> object:
    """Return a whole number; a number with decimals is a fault."""
    if value.__class__ is int or value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, Decimal) and bounded(value) == value.to_integral_value():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise _fault(value, "a whole number", "Round it first: round(value, `0`)." if isinstance(value, Decimal) else "")


def to_decimal(value: object, places: int | None = None) -> object:
    """Return an exact number, rounded half up to its places."""
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise _fault(value, "a number", "Numbers are written with a point and without spaces: 1284.50.")
    return Decimal(bounded(value)) if places is None else round_half_up(value, places)


def to_date(value: object) -> object:
    """Return the calendar day of a date or datetime, as it is written."""
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, str):
        return split_date(value)[0].isoformat()
    raise _fault(value, "a date", "Dates are written 2024-05-31.")


def to_datetime(value: object) -> object:
    """Return a datetime with its time zone; a bare date has no time, so it is a fault."""
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, str) and len(value) > 10:
        instant(value)
        return value
    raise _fault(value, "a date with a time", "Write the time and the zone: 2024-05-31T08:00:00Z.")


def to_boolean(value: object) -> object:
    """Return true or false; of texts only `true` and `false` are read."""
    if value is None or value.__class__ is bool or isinstance(value, Unknown):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise _fault(value, "true or false", "Compare it instead: value == 'yes'.")


def convert_emitter(type_spec: Type, *, currency_places: int = MONEY_PLACES) -> tuple[str, Convert]:
    """Return a name for generated code and the function of one argument that converts to a type."""
    if type_spec.name == "text" and type_spec.max is not None:
        most, cut = type_spec.max, type_spec.overflow == "cut"
        return f"to_text_{type_spec.overflow}_{most}", partial(to_text, most=most, cut=cut)
    places = type_spec.places
    if type_spec.name == "money" and places is None:
        places = currency_places
    if type_spec.name in ("money", "decimal") and places is not None:
        return f"to_{type_spec.name}_{places}", partial(to_decimal, places=places)
    return f"to_{type_spec.name}", _PLAIN[type_spec.name]


def _fault(value: object, wanted: str, hint: str) -> ValueFault:
    return ValueFault(f"{shown(value)} is not {wanted}.", code="E013", hint=hint)


_PLAIN: dict[TypeName, Convert] = {
    "text": to_text,
    "integer": to_integer,
    "decimal": to_decimal,
    "date": to_date,
    "datetime": to_datetime,
    "boolean": to_boolean,
}
