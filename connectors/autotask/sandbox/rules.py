"""Which entities have rules of their own."""

from __future__ import annotations

from collections.abc import Callable

from rules_run.model.exchange import Record

from . import attachments, billing, service_desk
from .database import Database

Rule = Callable[[Database, Record, Record | None], Record]
Removal = Callable[[Database, Record], None]

_CHARGES = ("ContractCharges", "TicketCharges", "ProjectCharges")
_RULES: dict[str, Rule] = {
    **dict.fromkeys(_CHARGES, billing.charge),
    "BillingItemApprovalLevels": billing.approval,
    "ContractServices": billing.contract_service,
    "Contracts": billing.contract,
    "ServiceBundles": billing.service_bundle,
    "Services": billing.service,
    "TicketAdditionalConfigurationItems": service_desk.additional_item,
    "Tickets": service_desk.ticket,
    "TimeEntries": service_desk.time_entry,
}
_REMOVALS: dict[str, Removal] = {
    **dict.fromkeys(_CHARGES, billing.unbilled),
    "Contacts": service_desk.unused,
    "ServiceBundles": billing.unsold,
}


def rule_of(resource: str) -> Rule:
    """Return the rule of an entity: it sees the record as it would be and as it was, and refuses or computes fields."""
    if attachments.is_attachment(resource):
        return attachments.attachment
    return _RULES.get(resource, lambda db, record, before: {})


def removal_rule(resource: str) -> Removal:
    """Return what is asked before a record of the entity is deleted."""
    return _REMOVALS.get(resource, lambda db, record: None)
