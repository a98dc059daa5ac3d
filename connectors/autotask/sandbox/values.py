"""Values on their way in and out: JSON of the API, and the form in which the store holds them.

Dates and date-times are held as `YYYY-MM-DDTHH:MM:SSZ`, so that they compare as texts; numbers as int and Decimal;
user-defined fields as a mapping by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Record

from .database import Database, UserField
from .refusal import Refusal

MIDNIGHT = "T00:00:00Z"


def stored(field: Field, value: object) -> object:
    """Return a value as the store holds it; refuse what the field's type cannot take, in the words of a JSON reader."""
    if value is None:
        return None
    match field.type:
        case "integer":
            return _integer(value)
        case "decimal":
            return _decimal(value)
        case "boolean":
            return _boolean(value)
        case "date":
            return str(value)[:10] + MIDNIGHT if moment(value) else None
        case "datetime":
            return moment(value)
        case "text":
            return str(value)
    return value


def moment(value: object) -> str:
    """Return a date or date-time in UTC."""
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        raise Refusal(f"Could not convert string to DateTime: {value}.") from None
    zoned = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return zoned.strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value: object) -> date:
    """Return the day of a date field as the store holds it."""
    return date.fromisoformat(str(value)[:10])


def midnight(value: date) -> str:
    """Return a day as the store holds it."""
    return value.isoformat() + MIDNIGHT


def shown(db: Database, resource: Resource, record: Record, *, user_fields: bool) -> Record:
    """Return a record as the API gives it: all readable fields, null where nothing stands."""
    row = {
        name: record.get(name)
        for name, field in resource.fields.items()
        if not field.write_only and field.type != "udf"
    }
    if user_fields:
        held = held_user_fields(record)
        row["userDefinedFields"] = [
            {"name": field.name, "value": held.get(field.name)} for field in db.user_fields.get(resource.name, ())
        ]
    return row


def held_user_fields(record: Record) -> Mapping[str, object]:
    """Return the user-defined fields of a record by name."""
    held = record.get("userDefinedFields")
    return held if isinstance(held, dict) else {}


def stored_user_fields(known: tuple[UserField, ...], value: object) -> dict[str, object]:
    """Read the array of a body, or the mapping of a data file; names must fit to the letter, values become texts."""
    entries = value.items() if isinstance(value, dict) else [_pair(entry) for entry in _list(value)]
    names = {field.name for field in known}
    read: dict[str, object] = {}
    for name, content in entries:
        if name not in names:
            raise Refusal(f"The userDefinedField {name} does not exist.")
        read[str(name)] = None if content is None else str(content)
    return read


def _list(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refusal("Cannot deserialize the current JSON into userDefinedFields: a JSON array is required.")
    return value


def _pair(entry: object) -> tuple[object, object]:
    if not isinstance(entry, dict) or "name" not in entry:
        raise Refusal("An element of userDefinedFields needs name and value.")
    return entry["name"], entry.get("value")


def _integer(value: object) -> int:
    if isinstance(value, bool):
        raise Refusal(f"Unexpected character encountered while parsing value: {str(value).lower()[0]}.")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refusal(f"Could not convert string to integer: {value}.") from None
    if number != number.to_integral_value():
        raise Refusal(f"Input string '{value}' is not a valid integer.")
    return int(number)


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool):
        raise Refusal(f"Unexpected character encountered while parsing value: {str(value).lower()[0]}.")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refusal(f"Could not convert string to double: {value}.") from None
    if not number.is_finite():
        raise Refusal(f"Could not convert string to double: {value}.")
    return number


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise Refusal(f"Could not convert string to boolean: {value}.")
