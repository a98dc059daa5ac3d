"""The one form of each kind of value: what is written equals what a later read gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from rules_run.errors import ValueFault
from rules_run.model.catalogue import Field
from rules_run.model.unknown import Unknown

WHOLE = re.compile(r"[+-]?\d{1,30}")


def shape(field: Field, value: object, where: str) -> object:
    """Return the value in the one form of its type, those inside objects and lists too; raise ValueFault if none."""
    if field.fields:
        return _inside(field, value, where)
    if field.type not in _FORMS or isinstance(value, Unknown):
        return value
    shaper, meant = _FORMS[field.type]
    try:
        shaped = shaper(value)
    except (ValueError, InvalidOperation, OverflowError) as fault:
        raise ValueFault(f"{where}: {value!r} is not {meant}.", code="C104") from fault
    # The systems count as .NET does: a sign outside the first plane takes two places.
    size = len(shaped.encode("utf-16-le")) // 2 if isinstance(shaped, str) and field.type == "text" else 0
    if field.length and size > field.length:
        message = f"{where}: the text has {size} characters, {field.length} are allowed."
        raise ValueFault(message, code="C105", hint="Say `type: {text: {max: ..., overflow: cut}}` if it may be cut.")
    return shaped


def _inside(field: Field, value: object, where: str) -> object:
    """Return an object or a list with what the catalogue describes inside it in its one form."""
    if isinstance(value, list):
        return [_inside(field, each, f"{where}[{index}]") for index, each in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    return {
        name: each
        if each is None or (inner := field.fields.get(name)) is None
        else shape(inner, each, f"{where}.{name}")
        for name, each in value.items()
    }


def _integer(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    number = Decimal(str(value)) if isinstance(value, Decimal) or WHOLE.fullmatch(str(value)) else Decimal("NaN")
    if number != number.to_integral_value():
        raise ValueError
    return int(number)


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one class for all shapers
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError
    plain = number.normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one class for all shapers
    return value


def _date(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    return date.fromisoformat(text[:10] if len(text) > 10 and text[10] in "T " else text).isoformat()


def _datetime(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    moment = datetime.fromisoformat(text + "T00:00:00Z" if len(text) == 10 else text)
    if moment.tzinfo is None:
        raise ValueError
    plain = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (plain.rstrip("0") if "." in plain else plain) + "Z"


def _text(value: object) -> str | None:
    if not isinstance(value, (str, int, Decimal, date)) or isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one class for all shapers
    # An empty text is stored as null: written as null, so that a later read agrees.
    return str(value) or None


_FORMS: Mapping[str, tuple[Callable[[object], object], str]] = {
    "integer": (_integer, "a whole number"),
    "decimal": (_decimal, "a number"),
    "boolean": (_boolean, "true or false"),
    "date": (_date, "a date"),
    "datetime": (_datetime, "a moment with a time zone"),
    "text": (_text, "a text"),
}
