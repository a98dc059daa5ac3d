"""By what a found record is known to be the one that was written."""

from __future__ import annotations

from rules_run.connect.contract import Connector
from rules_run.mapping.filtering import matches, split_field, value_at
from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Condition, Record, Write


def fingerprint(connector: Connector, write: Write) -> Record:
    """Return the telling values of a write as a read gives them: references, amounts, dates, required texts."""
    values = connector.canonical(write.resource, dict(write.values))
    resource = connector.catalogue.resource(write.resource)
    if resource is None:
        return {}
    return {name: value for name, value in values.items() if value is not None and _telling(_field(resource, name))}


def shown(connector: Connector, write: Write) -> Record:
    """Return all values of a write that a later read shows, as it shows them."""
    values = connector.canonical(write.resource, dict(write.values))
    resource = connector.catalogue.resource(write.resource)
    fields = {} if resource is None else {name: _field(resource, name) for name in values}
    return {
        name: value for name, value in values.items() if (field := fields.get(name)) is None or not field.write_only
    }


def differences(expected: Record, found: Record) -> list[str]:
    """Return the fields in which a found record is not what was expected; compared by value, empty when it is."""
    return [name for name, value in expected.items() if not _same(name, value, found)]


def _same(name: str, value: object, found: Record) -> bool:
    if value is None:
        return matches(found, (Condition(field=name, op="empty", value=True),))
    if isinstance(value, dict | list):
        return value_at(found, name) == value
    return matches(found, (Condition(field=name, op="eq", value=value),))


def _field(resource: Resource, name: str) -> Field | None:
    """Return the field of a dotted name: the innermost one that the catalogue describes."""
    if name in resource.fields:
        return resource.fields[name]
    first, *inner = split_field(name)
    field = resource.fields.get(first)
    for each in inner:
        field = field.fields.get(each, field) if field else None
    return field


def _telling(field: Field | None) -> bool:
    if field is None or field.write_only:
        return False
    return field.reference is not None or field.type in ("decimal", "date") or (field.type == "text" and field.required)
