"""In whose name a record is written."""

from __future__ import annotations

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record

from .attachments import is_attachment
from .database import Database
from .refusal import Refusal

_HONOURED = frozenset(
    {
        "Companies", "CompanyNotes", "CompanyToDos", "ConfigurationItemNotes", "ConfigurationItems", "Contacts",
        "ContractNotes", "Opportunities", "Products", "ProjectNotes", "Projects", "PurchaseOrders", "Quotes",
        "SalesOrders", "ServiceCalls", "Subscriptions", "TaskNotes", "TicketNotes", "Tickets", "TimeEntries",
    }
)  # fmt: skip
"""The entities, beside all attachments, whose records can be written in another one's name."""


def impersonated(db: Database, header: str | None, name: str) -> int | None:
    """Read the header by which a user writes in another one's name; that has to be somebody who is there.

    Where it is not honoured it is not even read.
    """
    if not header or (name not in _HONOURED and not is_attachment(name)):
        return None
    found = db.store.get("Resources", int(header)) if header.isdigit() else None
    if found is None or not found.get("isActive"):
        raise Refusal(
            "Reference value on field: ImpersonationResourceId of type: Resource does not exist or is invalid."
        )
    return int(header)


def signed(db: Database, resource: Resource, role: str) -> Record:
    """Return who made or changed a record, and who did so in another one's name."""
    names: Record = {"creatorResourceID": db.person} if role == "Creator" else {}
    if db.impersonated is not None and db.user is not None:
        names[f"impersonator{role}ResourceID"] = db.user.resource
    known = {name for name, field in resource.fields.items() if field.read_only}
    return {name: value for name, value in names.items() if name in known and value is not None}
