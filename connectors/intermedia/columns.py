"""The columns of the portal's data: what people call them, and what the HTTP interface does.

None is published; this is the one place to change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CHARGES = frozenset({"MR", "AL"})
"""Categories of transactions that are charges; payments and adjustments of the balance lack what these must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its field in the catalogue, its heading in a file, its dotted key over HTTP, what it holds."""

    field: str
    column: str
    key: str
    holds: Literal["text", "date", "decimal"] = "text"
    needed: Literal["no", "always", "charge"] = "no"


def _plain(field: str, column: str, holds: Literal["text", "date", "decimal"], *, needed: bool = False) -> Column:
    return Column(field=field, column=column, key=field, holds=holds, needed="always" if needed else "no")


TRANSACTION = (
    _plain("id", "Transaction ID", "text", needed=True),
    _plain("date", "Transaction Date", "date", needed=True),
    _plain("category", "Category", "text", needed=True),
)
ITEM = (
    _plain("accountID", "Account ID", "text", needed=True),
    _plain("partnerAccountID", "Partner Account ID", "text"),
    _plain("companyName", "Company Name", "text"),
    _plain("userName", "User Name", "text"),
    Column(field="sku", column="SKU", key="sku", needed="charge"),
    _plain("description", "Item Description", "text"),
    _plain("priceType", "Price Type", "text", needed=True),
    _plain("serviceDateFrom", "Service Date From", "date"),
    _plain("serviceDateTo", "Service Date To", "date"),
    _plain("quantity", "Quantity", "decimal", needed=True),
    _plain("unitCost", "Unit Cost", "decimal"),
    _plain("unitPrice", "Unit Price", "decimal"),
    _plain("costAmount", "Cost Amount", "decimal"),
    _plain("priceAmount", "Price Amount", "decimal"),
    _plain("taxAmount", "Tax Amount", "decimal"),
    _plain("comment", "Comment", "text"),
)
ACCOUNT = (
    _plain("id", "Account ID", "text", needed=True),
    _plain("companyName", "Company Name", "text"),
    _plain("ownerName", "Owner Name", "text"),
    _plain("ownerPhone", "Owner Phone", "text"),
    _plain("ownerEmail", "Owner E-mail", "text"),
)
ADDRESS = tuple(
    Column(field=field, column=column, key=f"address.{field}")
    for field, column in (
        ("street", "Street"),
        ("city", "City"),
        ("state", "State"),
        ("postalCode", "Postal Code"),
        ("country", "Country"),
    )
)
IDENTITY = ("Transaction ID", "SKU", "Price Type", "Service Date From", "Service Date To", "Unit Price")
ITEM_COLUMNS = ITEM + TRANSACTION
ACCOUNT_COLUMNS = ACCOUNT + ADDRESS
