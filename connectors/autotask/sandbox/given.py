"""Records of a data file: people write labels and plain values, the store holds ids."""

from __future__ import annotations

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record
from rules_run.sandbox import wrong_data

from .database import Database
from .refusal import Refusal
from .values import stored, stored_user_fields


def as_stored(db: Database, name: str, record: Record) -> Record:
    """Return a record of a data file as the store holds it: picklists may stand there as labels."""
    resource = db.catalogue.resource(name)
    if resource is None:
        return record
    return {field: _value(db, resource, field, value) for field, value in record.items()}


def _value(db: Database, resource: Resource, name: str, value: object) -> object:
    field = resource.fields.get(name)
    try:
        if field is None:
            return value
        if field.type == "udf":
            return stored_user_fields(db.user_fields.get(resource.name, ()), value)
        picklist = db.picklist(resource.name, name)
        return stored(field, picklist.value_of(value) if picklist else value)
    except Refusal as refusal:
        message = f"The data of the sandbox has {value!r} in {resource.name}.{name}: {refusal.message}"
        raise wrong_data(message) from refusal
