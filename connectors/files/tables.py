"""What a tenant declares: files by name, the column that names a row, the types of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Catalogue, Field, FieldType, Resource

from .formats import Format, format_of

TYPES: tuple[FieldType, ...] = ("text", "integer", "decimal", "boolean", "date", "datetime")
KNOWN = frozenset({"file", "key", "fields", "bom", "format", "sheet"})
EVERY_ID = r"[\s\S]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One declared file: how it is read and written, its key, and its fields by name (empty: its headings)."""

    name: str
    path: Path
    key: str
    fields: Mapping[str, FieldType]
    format: Format


def read_tables(alias: str, given: object, folder: Path) -> dict[str, Table]:
    """Return the declared files by name; relative paths start at `folder`."""
    if not isinstance(given, Mapping):
        raise ConnectorUnusable(f"{alias}: `resources` names the files: Orders: {{file: orders.csv, key: number}}.")
    return {str(name): _table(alias, str(name), spec, folder) for name, spec in given.items()}


def catalogue_of(tables: Mapping[str, Table]) -> Catalogue:
    """Return the files as resources, each described when it is first asked for."""
    return Catalogue(loaders={name: partial(_resource, table) for name, table in tables.items()})


def _table(alias: str, name: str, spec: object, folder: Path) -> Table:
    if not isinstance(spec, Mapping) or not set(spec) <= KNOWN or not {"file", "key"} <= set(spec):
        raise ConnectorUnusable(f"{alias}: the resource {name} is given as {{file: ..., key: ..., fields: ...}}.")
    fields: Mapping[str, FieldType] = spec.get("fields") or {}
    if not isinstance(fields, Mapping) or not all(kind in TYPES for kind in fields.values()):
        raise ConnectorUnusable(f"{alias}: the fields of {name} are given as name: type, of {', '.join(TYPES)}.")
    if fields and spec["key"] not in fields:
        raise ConnectorUnusable(f"{alias}: the key {spec['key']!r} of {name} is none of its fields.")
    path = folder / str(spec["file"])
    return Table(
        name=name,
        path=path,
        key=str(spec["key"]),
        fields=fields,
        format=format_of(f"{alias}.{name}", path, spec, dict(fields)),
    )


def _names(table: Table) -> Iterable[str]:
    if table.format.flow is not None:
        return {table.key: None, **table.format.flow.names()}
    return table.format.read([table.key]).header


def _resource(table: Table) -> Resource:
    headings = table.fields or dict.fromkeys(_names(table), TYPES[0])
    return Resource(
        name=table.name,
        path=table.path.name,
        operations=frozenset({"read", "create", "update"}),
        id_field=table.key,
        id_pattern=EVERY_ID,
        fields={
            name: Field(name=name, type=kind, required=name == table.key, create_only=name == table.key)
            for name, kind in headings.items()
        },
        marker=table.key if headings[table.key] == "text" else None,
        label=table.key,
    )
