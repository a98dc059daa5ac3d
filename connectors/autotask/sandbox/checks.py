"""What Autotask checks on every write: required fields, lengths, picklists, references."""

from __future__ import annotations

from collections.abc import Iterable

from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Record

from .database import Database
from .metadata import singular
from .refusal import Refusal

_MUST_BE_ACTIVE = {"Contacts", "Resources", "BillingCodes"}


def check(db: Database, resource: Resource, record: Record, sent: Iterable[str]) -> None:
    """Check a record as it would be; only what was sent is looked at, but for required fields."""
    for field in resource.fields.values():
        if field.required and not field.read_only and record.get(field.name) is None:
            raise Refusal(f"Missing Required Field: {field.name}")
    for name in sent:
        field = resource.fields[name]
        if record.get(name) is not None:
            _length(field, record[name])
            _picklist(db, resource, field, record)
            _reference(db, field, record[name])
    _dependents(db, resource, record)


def _length(field: Field, value: object) -> None:
    # Counted as .NET does: a sign outside the first plane takes two places.
    if field.length is not None and len(str(value).encode("utf-16-le")) // 2 > field.length:
        raise Refusal(f"{field.name} must be less than or equal to {field.length} characters")


def _picklist(db: Database, resource: Resource, field: Field, record: Record) -> None:
    picklist = db.picklist(resource.name, field.name)
    if picklist is None:
        return
    choice = picklist.choice(record[field.name])
    if choice is None or not choice.active:
        raise Refusal(f"Value does not exist for picklist: {field.name}")


def _dependents(db: Database, resource: Resource, record: Record) -> None:
    # A parent that changes alone leaves its child behind: judged whichever of the two was sent.
    for name, picklist in db.picklists.get(resource.name, {}).items():
        choice = picklist.choice(record.get(name)) if picklist.parent_field else None
        if choice is not None and str(record.get(str(picklist.parent_field))) != str(choice.parent):
            raise Refusal(f"Value does not exist for child picklist: {name}")


def _reference(db: Database, field: Field, value: object) -> None:
    target = field.reference
    # Company 0 is the tenant itself, whether or not its record is there.
    if target is None or db.catalogue.resource(target) is None or (target == "Companies" and value == 0):
        return
    found = db.store.get(target, value)
    if found is None or (target in _MUST_BE_ACTIVE and found.get("isActive") in (False, 0)):
        raise Refusal(
            f"Reference value on field: {field.name} of type: {singular(target)} does not exist or is invalid."
        )
