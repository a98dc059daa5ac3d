"""What Autotask demands of charges, services and contracts, and what it computes in them."""

from __future__ import annotations

from rules_run.model.exchange import Record

from .amounts import money, number
from .database import Database
from .refusal import Refusal

MATERIAL, SERVICE = 4, 5
RECURRING = "Recurring Service"
_LEVEL = "billingApprovalLevelMostRecent"


def recurring(db: Database, contract: Record) -> None:
    """Refuse a contract that can hold no services."""
    if db.label("Contracts", "contractType", contract) != RECURRING:
        raise Refusal(f"The contract must be of the type {RECURRING}.")


def charge(db: Database, record: Record, before: Record | None) -> Record:
    """A charge is for a product or a material code, which gives the prices; billed ones are locked."""
    if before is not None:
        unbilled(db, before)
    code = db.store.get("BillingCodes", record.get("billingCodeID"))
    product = db.store.get("Products", record.get("productID"))
    if code is None and product is None:
        raise Refusal("A charge needs a productID or a billingCodeID.")
    if code is not None and code.get("useType") != MATERIAL:
        raise Refusal("The billingCodeID of a charge must be a material code.")
    source = code or product or {}
    price = record.get("unitPrice") if record.get("unitPrice") is not None else source.get("unitPrice")
    cost = record.get("unitCost") if record.get("unitCost") is not None else source.get("unitCost")
    amount = money(number(record["unitQuantity"]) * number(price))
    return {
        "unitPrice": price,
        "unitCost": cost,
        "billableAmount": amount,
        "extendedCost": money(number(record["unitQuantity"]) * number(cost)),
        "internalCurrencyUnitPrice": price,
        "internalCurrencyBillableAmount": amount,
        "isBilled": False,
    }


def unbilled(db: Database, record: Record) -> None:
    """What has been billed is locked."""
    if record.get("isBilled"):
        raise Refusal("The charge has been billed and can neither be changed nor deleted.")


def contract_service(db: Database, record: Record, before: Record | None) -> Record:
    """A service on a contract takes its prices from the service; the adjusted one may differ."""
    recurring(db, db.store.get("Contracts", record["contractID"]) or {})
    service = db.store.get("Services", record["serviceID"]) or {}
    price = record.get("unitPrice") if before else service.get("unitPrice")
    adjusted = record.get("adjustedPrice") if record.get("adjustedPrice") is not None else price
    cost = record.get("unitCost") if record.get("unitCost") is not None else service.get("unitCost")
    return {
        "unitPrice": price,
        "unitCost": cost,
        "adjustedPrice": adjusted,
        "internalCurrencyUnitPrice": price,
        "internalCurrencyAdjustedPrice": adjusted,
    }


def service(db: Database, record: Record, before: Record | None) -> Record:
    """A service is billed by a recurring service code."""
    code = db.store.get("BillingCodes", record["billingCodeID"]) or {}
    if code.get("useType") != SERVICE:
        raise Refusal("The billingCodeID of a service must be an active recurring service code.")
    if db.switches.service_names_unique and _name_taken(db, "Services", record):
        raise Refusal("A service of this name exists.")
    return {}


def _name_taken(db: Database, resource: str, record: Record) -> bool:
    others = [row for row in db.store.rows(resource) if row["id"] != record.get("id")]
    return any(row.get("name") == record["name"] for row in others)


def contract(db: Database, record: Record, before: Record | None) -> Record:
    """A contract does not end before it starts."""
    if str(record["endDate"]) < str(record["startDate"]):
        raise Refusal("endDate must not be before startDate.")
    return {}


def service_bundle(db: Database, record: Record, before: Record | None) -> Record:
    """Two bundles never share a name."""
    if _name_taken(db, "ServiceBundles", record):
        raise Refusal("A service bundle of this name exists.")
    return {}


def unsold(db: Database, bundle: Record) -> None:
    """A bundle that stands on a contract cannot be deleted."""
    if any(row.get("serviceBundleID") == bundle["id"] for row in db.store.rows("ContractServiceBundles")):
        raise Refusal("The service bundle is used by a contract and cannot be deleted.")


def approval(db: Database, record: Record, before: Record | None) -> Record:
    """An approval level shows on its time entry; date and person of the approval do not."""
    db.store.change("TimeEntries", int(str(record["timeEntryID"])), {_LEVEL: record["approvalLevel"]})
    return {}
