"""Attachments: files on records, one kind for each kind of record, and `AttachmentInfo` over all of them."""

from __future__ import annotations

import base64
import binascii
import mimetypes

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record

from .database import Database
from .limits import Meter
from .refusal import Refusal

INFO = "AttachmentInfo"
_FILE = "FILE_ATTACHMENT"


def is_attachment(name: str) -> bool:
    """Say whether records of an entity are files."""
    return name.endswith("Attachments")


def admit(meter: Meter, resource: Resource, body: object) -> None:
    """Count the bytes of a file that is about to be attached; refuse one that is too large, or too much at once."""
    if is_attachment(resource.name):
        meter.attach(len(_content(_sent(body, "data"))))


def attachment(db: Database, record: Record, before: Record | None) -> Record:
    """Check an attachment, and say what follows from it."""
    if not record.get("title"):
        raise Refusal("Missing Required Field: title")
    kind = record.get("attachmentType") or _FILE
    if kind == _FILE and not record.get("data"):
        raise Refusal("Missing Required Field: data")
    name = str(record.get("fullPath") or record["title"])
    return {
        "attachmentType": kind,
        "attachDate": db.stamp(),
        "attachedByResourceID": db.person,
        "contentType": record.get("contentType") or mimetypes.guess_type(name)[0] or "application/octet-stream",
        "fileSize": len(_content(record.get("data"))),
        "fullPath": name,
    }


def keep(db: Database, resource: Resource, record: Record) -> int:
    """Store a new attachment under an id that no attachment of any kind has; return the id."""
    parent = record.get(resource.child.key) if resource.child else None
    whole: Record = {**record, "parentID": parent}
    known = db.resource(INFO).fields
    made = int(db.store.insert(INFO, {name: value for name, value in whole.items() if name in known}))
    db.store.add(resource.name, [{**whole, "id": made}])
    return made


def forget(db: Database, record_id: int) -> None:
    """Take an attachment out of the list of all."""
    db.store.remove(INFO, record_id)


def check_download(db: Database, resource: Resource, record_id: int) -> None:
    """Refuse a file that is there but not for whoever asks; of other records it is simply not told."""
    hidden = is_attachment(resource.name) and db.one(resource.name, record_id) is None
    if hidden and db.store.get(resource.name, record_id) is not None:
        raise Refusal("The logged in Resource does not have the adequate permissions to view this attachment.")


def _sent(body: object, name: str) -> object:
    found = body.items() if isinstance(body, dict) else ()
    return next((value for key, value in found if str(key).lower() == name), None)


def _content(data: object) -> bytes:
    try:
        return base64.b64decode(str(data or ""), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("The input is not a valid Base-64 string.") from None
