"""Records as people see them in a form, and what they typed as a record again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Record
from rules_run.sandbox.system import System

_PARTS = ("udf", "object", "list")
_YES_NO = {"true": "true", "false": "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field in a form: `choices` are the values it takes with what people read, empty for any."""

    name: str
    text: str
    kind: str
    long: bool
    choices: Mapping[str, str]
    reference: str | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What stands inside one field of a record, as a table to be read; `numbers` are the columns that hold any."""

    name: str
    columns: tuple[str, ...]
    numbers: frozenset[str]
    rows: tuple[tuple[str, ...], ...]


def parts_of(resource: Resource, record: Record) -> list[Part]:
    """Return the lists and objects of a record whose inside the catalogue describes."""
    return [
        _part(field, held) for field in resource.fields.values() if (held := members(field, record.get(field.name)))
    ]


def members(field: Field, value: object) -> list[Record]:
    """Return what a list or an object holds, nothing where the catalogue does not describe its inside."""
    held = value if isinstance(value, list) else [value]
    return [each for each in held if isinstance(each, dict)] if field.fields else []


def in_short(field: Field, value: object) -> str:
    """Return a value as it stands in a cell: how many members a list has, and what an object holds."""
    held = members(field, value)
    if not held:
        return as_text(value)
    if field.type == "list":
        return f"{len(held)} line{'s' if len(held) > 1 else ''}"
    return ", ".join(as_text(each) for each in held[0].values() if each is not None)


def numbers(fields: Mapping[str, Field], columns: Iterable[str]) -> frozenset[str]:
    """Return the columns of amounts and quantities; an id is no number to compare."""
    return frozenset(name for name in columns if fields[name].type == "decimal")


def _part(field: Field, held: list[Record]) -> Part:
    columns = tuple(name for name in field.fields if any(each.get(name) is not None for each in held))
    rows = tuple(tuple(as_text(each.get(name)) for name in columns) for each in held)
    return Part(name=field.name, columns=columns, numbers=numbers(field.fields, columns), rows=rows)


def rows_of(system: System, resource: Resource, record: Record) -> list[Row]:
    """Return the fields of a record, but for its id, as rows of a form."""
    fields = (field for field in resource.fields.values() if field.name != resource.id_field)
    return [_row(system, resource, field, record.get(field.name)) for field in fields]


def _row(system: System, resource: Resource, field: Field, value: object) -> Row:
    text = as_text(value)
    notes = (
        ("required" if field.required else ""),
        ("set by the system" if field.read_only else "set once" if field.create_only else ""),
    )
    return Row(
        name=field.name,
        text=text,
        kind=field.type,
        long="\n" in text or field.type in _PARTS or (field.type == "text" and (field.length or 256) > 255),
        choices=_YES_NO if field.type == "boolean" else system.choices(resource.name, field.name),
        reference=field.reference,
        note=", ".join(note for note in notes if note),
    )


def as_text(value: object) -> str:
    """Return a value as it stands in a form or a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def typed(resource: Resource, form: Mapping[str, str], before: Iterable[Row]) -> Record:
    """Return the fields of a form that differ from what it showed; ValueError says what cannot be read."""
    shown = {row.name: _lines(row.text) for row in before}
    sent = {name: _lines(text) for name, text in form.items() if name in shown}
    return {name: _value(resource.fields[name], text) for name, text in sent.items() if text != shown[name]}


def _lines(text: str) -> str:
    # Browsers end lines in their own way, whatever was shown to them.
    return text.replace("\r\n", "\n")


def _value(field: Field, text: str) -> object:
    if text == "":
        return None
    try:
        match field.type:
            case "integer":
                return int(text)
            case "decimal":
                return Decimal(text)
            case "boolean":
                return {"true": True, "false": False}[text]
            case "udf" | "object" | "list":
                return json.loads(text)
    except (ValueError, KeyError, InvalidOperation):
        raise ValueError(f"{field.name}: {text!r} is not of the type {field.type}.") from None
    return text
