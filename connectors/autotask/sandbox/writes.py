"""Create, sparse update, full replacement, deletion."""

from __future__ import annotations

from typing import Any

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record

from . import attachments
from .checks import check
from .database import Database
from .people import signed
from .refusal import Refusal
from .rules import removal_rule, rule_of
from .units import BUNDLES, SERVICES, adjust
from .values import held_user_fields, stored, stored_user_fields

NOT_THERE = (
    "No matching records found. The logged in Resource may not have the required permissions to {verb} the data."
)
NOT_PERMITTED = "The logged in Resource does not have the adequate permissions to create this object."
_ADJUSTMENTS = {kind.adjustments: kind for kind in (SERVICES, BUNDLES)}
_MADE = {"createDate", "createDateTime", "createdTime"}
_MOVED = {
    "lastActivityDate",
    "lastModifiedDate",
    "lastModifiedDateTime",
    "lastModifiedTime",
    "lastTrackedModifiedDateTime",
    "lastTrackedModificationDateTime",
}


def create(db: Database, resource: Resource, body: object, parent: int | None) -> int:
    """Create a record and everything that follows from it; return its id."""
    if db.user is not None and db.user.access(resource.name) == "None":
        raise Refusal(NOT_PERMITTED)
    sent = _sent(db, resource, body, frozen=False)
    if parent is not None and resource.child is not None:
        sent[resource.child.key] = parent
    record: Record = {**_defaults(db, resource), **{name: value for name, value in sent.items() if value is not None}}
    with db.store.lock:
        check(db, resource, record, [name for name in record if name != "userDefinedFields"])
        record.update(rule_of(resource.name)(db, record, None))
        record.update({**_stamps(db, resource, _MADE | _MOVED), **signed(db, resource, "Creator")})
        if resource.name in _ADJUSTMENTS:
            record.update(adjust(db, _ADJUSTMENTS[resource.name], record))
        made = _kept(db, resource, record)
        db.happened(resource.name, None, db.store.get(resource.name, made))
    return made


def update(db: Database, resource: Resource, body: object, parent: int | None, *, replace: bool) -> int:
    """Change the fields sent; with `replace`, blank the writable ones that were not. Return the id."""
    sent = _sent(db, resource, body, frozen=True)
    record_id = _id(body)
    with db.store.lock:
        record = _record(db, resource, record_id, parent, verb="update")
        changes = {**(_blank(resource) if replace else {}), **sent}
        if "userDefinedFields" in sent and not replace:
            changes["userDefinedFields"] = {**held_user_fields(record), **held_user_fields(sent)}
        merged = {**record, **changes}
        check(db, resource, merged, [name for name in changes if name != "userDefinedFields"])
        changes.update(rule_of(resource.name)(db, merged, record))
        changes.update({**_stamps(db, resource, _MOVED), **signed(db, resource, "Updater")})
        db.store.change(resource.name, record_id, changes)
        db.happened(resource.name, record, db.store.get(resource.name, record_id))
    return record_id


def delete(db: Database, resource: Resource, record_id: int, parent: int | None) -> int:
    """Delete a record; return its id."""
    with db.store.lock:
        record = _record(db, resource, record_id, parent, verb="delete")
        removal_rule(resource.name)(db, record)
        db.store.remove(resource.name, record_id)
        if attachments.is_attachment(resource.name):
            attachments.forget(db, record_id)
        db.happened(resource.name, record, None)
    return record_id


def _kept(db: Database, resource: Resource, record: Record) -> int:
    if attachments.is_attachment(resource.name):
        return attachments.keep(db, resource, record)
    return int(db.store.insert(resource.name, record))


def _sent(db: Database, resource: Resource, body: object, *, frozen: bool) -> Record:
    """Return the writable part of a body; what may not be written is left out without a word."""
    by_name = {name.lower(): field for name, field in resource.fields.items()}
    values: Record = {}
    for key, value in _object(body).items():
        field = by_name.get(str(key).lower())
        if field is None or field.read_only or field.name == resource.id_field or (frozen and field.create_only):
            continue
        if field.type == "udf":
            values[field.name] = stored_user_fields(db.user_fields.get(resource.name, ()), value)
        else:
            blank = value == "" and db.switches.blank_is_null
            values[field.name] = None if blank else stored(field, value)
    return values


def _object(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refusal("A non-empty request body is required.")
    return body


def _id(body: object) -> int:
    sent = next((value for key, value in _object(body).items() if str(key).lower() == "id"), None)
    if sent in (None, 0):
        raise Refusal("Missing Required Field: id")
    try:
        return int(str(sent))
    except ValueError:
        raise Refusal(f"Could not convert string to integer: {sent}.") from None


def _record(db: Database, resource: Resource, record_id: int, parent: int | None, *, verb: str) -> Record:
    record = db.one(resource.name, record_id)
    elsewhere = record is not None and parent is not None and resource.child and record[resource.child.key] != parent
    if record is None or elsewhere:
        raise Refusal(NOT_THERE.format(verb=verb))
    return record


def _defaults(db: Database, resource: Resource) -> Record:
    values: Record = {}
    for name, field in resource.fields.items():
        picklist = db.picklist(resource.name, name)
        default = next((choice.value for choice in picklist.choices if choice.default), None) if picklist else None
        if default is not None and not field.required:
            values[name] = default
    active = resource.fields.get("isActive")
    if active is not None and active.type == "boolean" and not active.required:
        values["isActive"] = True
    user_fields = {field.name: field.default for field in db.user_fields.get(resource.name, ()) if field.default}
    return {**values, "userDefinedFields": user_fields} if user_fields else values


def _blank(resource: Resource) -> Record:
    fields = resource.fields.values()
    writable = [
        field for field in fields if not field.read_only and not field.create_only and field.name != resource.id_field
    ]
    return {field.name: None for field in writable}


def _stamps(db: Database, resource: Resource, names: set[str]) -> Record:
    return {name: db.stamp() for name in names & set(resource.fields) if resource.fields[name].read_only}
