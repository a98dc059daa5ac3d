"""Whether a literal fits the field that it is written to or compared with."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from rules_run.model.catalogue import Field
from rules_run.model.frozen import frozen


@frozen
class Misfit:
    """Why a literal does not fit, and what to do."""

    message: str
    hint: str = ""


def literal_fault(found: Field, value: object) -> Misfit | None:
    """Return why a literal cannot be a value of the field, or None."""
    if value is None or found.type in ("object", "list", "udf"):
        return None
    if found.picklist:
        return None if isinstance(value, str) or _is_whole(value) else _misfit(found, "a label or an id", value)
    fits = {
        "text": isinstance(value, str),
        "integer": _is_whole(value),
        "decimal": _is_whole(value) or isinstance(value, Decimal),
        "boolean": isinstance(value, bool),
        "date": isinstance(value, str) and _reads(date, value),
        "datetime": isinstance(value, str) and _reads(datetime, value),
    }
    if not fits[found.type]:
        return _misfit(found, _WORDS[found.type], value)
    if found.length is not None and isinstance(value, str) and len(value) > found.length:
        return Misfit(message=f"`{found.name}` takes {found.length} characters, and this text has {len(value)}.")
    return None


_WORDS = {
    "text": "a text",
    "integer": "a whole number",
    "decimal": "a number",
    "boolean": "true or false",
    "date": "a date like 2026-01-31",
    "datetime": "a date and time like 2026-01-31T08:00:00Z",
}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _reads(kind: type[date], value: str) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True


def _misfit(found: Field, expected: str, value: object) -> Misfit:
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else f"{value}"
    hint = f'Write {{const: "{shown}"}}.' if found.type == "text" and not isinstance(value, list | dict) else ""
    return Misfit(message=f"`{found.name}` takes {expected}, not {shown}.", hint=hint)
