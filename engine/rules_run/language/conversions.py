"""The `type` conversions: from a value of a record to the value a field takes, without guessing.

A null stays null and an unknown value unknown; whatever does not already read as the type is a fault that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, partial

from rules_run.errors import ValueFault
from rules_run.model.unknown import Unknown
from rules_run.model.values import Type, TypeName

from .expressions.functions.dates import TIME, instant, split_date
from .expressions.functions.numbers import EXACT, round_half_up
from .expressions.values import NUMBERS, bounded, number_text, shown
from .expressions.writer import CodeWriter

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
    if value.__class__ is str:
        text = str(value)
        if len(text) == 10 or _reads_as_time(text[10:]):
            try:
                if text[4] == text[7] == "-" and date.fromisoformat(text[:10]):
                    return text[:10]
            except ValueError:
                pass
        return split_date(text)[0].isoformat()
    if value is None or isinstance(value, Unknown):
        return value
    raise _fault(value, "a date", "Dates are written 2024-05-31.")


@lru_cache(maxsize=4096)
def _reads_as_time(text: str) -> bool:
    return TIME.fullmatch(text) is not None


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


def emit_conversion(writer: CodeWriter, kind: Type, value: str, *, currency_places: int = MONEY_PLACES) -> str:
    """Write a conversion and return the name of its result: what usually comes costs no call."""
    function, usual, quick = _conversion(kind, currency_places)
    held = value if value.isidentifier() else writer.assign(value)
    call = f"{writer.constant(function)}({held})"
    if usual is None:
        return writer.assign(call)
    known = {"Decimal": writer.constant(Decimal), "EXACT": writer.constant(EXACT), "UP": repr(ROUND_HALF_UP)}
    known["unit"] = writer.constant(unit_of(kind.places, currency_places)) if "{unit}" in quick else ""
    test, result = usual.format(v=held, **known), quick.format(v=held, **known)
    return writer.assign(f"{result} if {test} else {call}")


def _conversion(kind: Type, currency_places: int) -> tuple[Convert, str | None, str]:
    """Return the function of a type, the test for what usually comes, and what is then the result, as source."""
    if kind.name == "text":
        most, cut = kind.max, kind.overflow == "cut"
        fits = "" if most is None else f" and len({{v}}) <= {most}"
        return partial(to_text, most=most, cut=cut), "{v}.__class__ is str" + fits, "{v}"
    if kind.name == "money" or kind.places is not None:
        places = currency_places if kind.places is None else kind.places
        return partial(to_decimal, places=places), "{v}.__class__ is {Decimal}", "{v}.quantize({unit}, {UP}, {EXACT})"
    if kind.name == "decimal":
        return to_decimal, "{v}.__class__ is {Decimal}", "{v}"
    if kind.name == "integer":
        return to_integer, "{v}.__class__ is int", "{v}"
    return _PLAIN[kind.name], None, ""


def unit_of(places: int | None, currency_places: int) -> Decimal:
    """Return the smallest amount of so many places."""
    return Decimal(1).scaleb(-(currency_places if places is None else places))


def _fault(value: object, wanted: str, hint: str) -> ValueFault:
    return ValueFault(f"{shown(value)} is not {wanted}.", code="E013", hint=hint)


_PLAIN: dict[TypeName, Convert] = {"date": to_date, "datetime": to_datetime, "boolean": to_boolean}
