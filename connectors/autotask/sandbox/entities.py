"""The entities that the catalogue has no need of: routes and fields as the vendor lists them, and little more.

Nobody tells which of their fields are required, frozen, picklists or references. What all described entities say of a
field by its name is taken to hold for these as well (INFERRED).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from rules_run.model.catalogue import Catalogue, Child, Field, Operation, Resource

LIST = Path(__file__).with_name("entities.json")
RECIPIENTS: Mapping[str, tuple[str, str, str]] = {
    "contactrecipients": ("InvoiceContactRecipients", "contactID", "Contacts"),
    "resourcerecipients": ("InvoiceResourceRecipients", "resourceID", "Resources"),
}
"""Who gets a company's invoices: the word of the path, the table behind it, and whom it names."""
_OPERATIONS: Mapping[str, Operation] = {"R": "read", "C": "create", "U": "update", "D": "delete"}
_READ_ONLY = frozenset(
    {
        "billableAmount", "createDate", "createDateTime", "creatorResourceID", "extendedCost", "fileSize",
        "impersonatorCreatorResourceID", "impersonatorUpdaterResourceID", "internalCurrencyBillableAmount",
        "internalCurrencyUnitPrice", "isBilled", "lastActivityPersonType", "attachDate", "attachedByResourceID",
        "attachedByContactID", "parentID", "parentType", "creatorType",
    }
)  # fmt: skip
_REFERENCES: Mapping[str, str] = {
    "assignedResourceID": "Resources",
    "billingCodeID": "BillingCodes",
    "companyID": "Companies",
    "companyLocationID": "CompanyLocations",
    "configurationItemID": "ConfigurationItems",
    "contactID": "Contacts",
    "contractChargeID": "ContractCharges",
    "contractID": "Contracts",
    "countryID": "Countries",
    "creatorResourceID": "Resources",
    "currencyID": "Currencies",
    "departmentID": "Departments",
    "expenseItemID": "ExpenseItems",
    "inventoryLocationID": "InventoryLocations",
    "opportunityID": "Opportunities",
    "organizationalLevelAssociationID": "OrganizationalLevelAssociations",
    "ownerResourceID": "Resources",
    "productID": "Products",
    "projectID": "Projects",
    "quoteItemID": "QuoteItems",
    "quoteTemplateID": "QuoteTemplates",
    "resourceID": "Resources",
    "roleID": "Roles",
    "salesOrderID": "SalesOrders",
    "serviceBundleID": "ServiceBundles",
    "serviceID": "Services",
    "taskID": "Tasks",
    "ticketChargeID": "TicketCharges",
    "ticketID": "Tickets",
    "timeEntryID": "TimeEntries",
    "vendorID": "Companies",
}


def with_entities(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with every entity of the vendor's list; what it describes itself stays as it is."""
    loaders: dict[str, Callable[[], Resource]] = dict(catalogue.loaders)
    for name, node in _listed().items():
        loaders.setdefault(name, partial(_resource, name, node))
    for table, key, of in RECIPIENTS.values():
        loaders[table] = partial(_recipients, table, key, of)
    return Catalogue(loaders=dict(sorted(loaders.items())))


@cache
def _listed() -> Mapping[str, Mapping[str, Any]]:
    nodes: Mapping[str, Mapping[str, Any]] = json.loads(LIST.read_bytes())
    return nodes


def _resource(name: str, node: Mapping[str, Any]) -> Resource:
    child = Child(**node["child"]) if "child" in node else None
    fields = {
        field: _field(field, kind, child) for kind, fields in node["fields"].items() for field in fields.split(" ")
    }
    return Resource(
        name=name,
        path=name,
        operations=frozenset(_OPERATIONS[letter] for letter in node["operations"]),
        id_field="id",
        id_pattern="[0-9]{1,19}",
        fields=dict(sorted(fields.items(), key=lambda item: (item[0] != "id", item[0]))),
        child=child,
    )


def _field(name: str, kind: Any, child: Child | None) -> Field:
    parent = child is not None and name == child.key and name != "id"
    return Field(
        name=name,
        type=kind,
        required=parent,
        create_only=parent,
        read_only=name == "id" or (name in _READ_ONLY and not parent),
        reference=_REFERENCES.get(name),
    )


def _recipients(table: str, key: str, of: str) -> Resource:
    """Return a table that has no path of its own: it is reached below its company's invoice settings."""
    named = {"id": None, "companyID": "Companies", key: of}
    fields = {
        name: Field(name=name, type="integer", read_only=name == "id", reference=reference)
        for name, reference in named.items()
    }
    return Resource(name=table, path="", operations=frozenset(), id_field="id", id_pattern="[0-9]{1,19}", fields=fields)
