"""The partner portal's exports as records: the billing report, and the list of accounts."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from rules_run.connect.account import Account
from rules_run.connect.contract import Connector
from rules_run.connect.csvfile import Line, read_sheet
from rules_run.connect.local import ReadOnlyConnector
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Catalogue
from rules_run.model.exchange import Record

_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,10})?")
_IDENTITY = ("Transaction ID", "SKU", "Price Type", "Service Date From", "Service Date To", "Unit Price")
CHARGES = frozenset({"MR", "AL"})

Cell = Callable[[Line, str], object]


def create_connector(account: Account, catalogue: Catalogue) -> Connector:
    """Open the two files of a tenant."""
    return ReadOnlyConnector(account.alias, catalogue, Portal(account))


class Portal:
    """Reads each file once, when it is first asked for."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._known: dict[str, list[Record]] = {}

    def __call__(self, resource: str, /) -> Iterable[Record]:
        """Return all records of a resource."""
        if resource not in self._known:
            self._known[resource] = self._items() if resource == "Items" else self._accounts()
        return self._known[resource]

    def _items(self) -> list[Record]:
        columns = {column: read for _, column, read in ITEM + TRANSACTION}
        lines = read_sheet(self._account.path("report"), columns).lines
        cells = [{column: read(line, column) for column, read in columns.items()} for line in lines]
        latest = _latest_service_dates(cells)
        return [
            {
                "itemID": item_id,
                **_filled({name: row[column] for name, column, _ in ITEM}),
                "isCredit": any(_amount(row[column]) < 0 for column in ("Quantity", "Cost Amount", "Price Amount")),
                "transaction": _filled({name: row[column] for name, column, _ in TRANSACTION})
                | {"latestServiceDate": latest[row["Transaction ID"]]},
            }
            for item_id, row in zip(_item_ids(cells), cells, strict=True)
        ]

    def _accounts(self) -> list[Record]:
        if not self._account.text("accounts"):
            raise _missing(self._account.alias)
        columns = {column: read for _, column, read in ACCOUNT + ADDRESS}
        records: list[Record] = []
        seen: set[object] = set()
        for line in read_sheet(self._account.path("accounts"), columns).lines:
            record = _filled({name: read(line, column) for name, column, read in ACCOUNT})
            if record["id"] in seen:
                raise line.fault("Account ID", f"{record['id']!r} is there twice.")
            seen.add(record["id"])
            records.append(record | {"address": _filled({name: read(line, column) for name, column, read in ADDRESS})})
        return records


def _latest_service_dates(rows: Sequence[Record]) -> dict[object, str]:
    """Return, by transaction, the last day that any of its rows bills; a row without service dates counts by its date.

    A bill in arrears for May, dated 1 June, has 31 May: it lies in a window of thirty days on 4 June.
    """
    days: dict[object, list[str]] = defaultdict(list)
    for row in rows:
        days[row["Transaction ID"]].append(
            str(row["Service Date To"] or row["Service Date From"] or row["Transaction Date"])
        )
    return {transaction: max(all_days) for transaction, all_days in days.items()}


def _item_ids(rows: Sequence[Record]) -> list[str]:
    """Return an id for each row that no shuffling of the file changes: the report itself gives none.

    Rows of one identity are numbered in the order of their whole content, so that equal rows may change places.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        identity = "\x1f".join(_text_of(row[column]) for column in _IDENTITY)
        alike[hashlib.sha256(identity.encode()).hexdigest()[:16]].append(place)
    ids = [""] * len(rows)
    for identity, places in alike.items():
        for number, place in enumerate(
            sorted(places, key=lambda each: [_text_of(cell) for cell in rows[each].values()]), 1
        ):
            ids[place] = f"{identity}-{number}"
    return ids


def _text(line: Line, column: str) -> object:
    return line.cells[column].strip() or None


def _needed(line: Line, column: str) -> object:
    if not (text := line.cells[column].strip()):
        raise line.fault(column, "a value is needed here.")
    return text


def _date(line: Line, column: str) -> object:
    if not (text := line.cells[column].strip()):
        return None
    try:
        month, day, year = _DATE.fullmatch(text).groups()  # type: ignore[union-attr]
        return date(int(year), int(month), int(day)).isoformat()
    except (AttributeError, ValueError) as fault:
        raise line.fault(column, f"{text!r} is not a date (MM/DD/YYYY).") from fault


def _of_charge(line: Line, column: str) -> object:
    """Return a cell that a charge must have and a payment or an adjustment of the balance may lack."""
    return _needed(line, column) if line.cells["Category"].strip() in CHARGES else _text(line, column)


def _needed_date(line: Line, column: str) -> object:
    _needed(line, column)
    return _date(line, column)


def _decimal(line: Line, column: str) -> object:
    if not (text := line.cells[column].strip()):
        return None
    if not _NUMBER.fullmatch(text):
        raise line.fault(column, f"{text!r} is not a number (1284.50).")
    return Decimal(text)


def _needed_decimal(line: Line, column: str) -> object:
    _needed(line, column)
    return _decimal(line, column)


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _text_of(value: object) -> str:
    """Return a cell as it counts for identity: 7.9 and 7.90 are one price."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value or "")


def _filled(record: Record) -> Record:
    return {name: value for name, value in record.items() if value is not None}


def _missing(alias: str) -> ConnectorUnusable:
    return ConnectorUnusable(f"{alias}: accounts are read here; the setting `accounts` names the file they stand in.")


# Field, column, and how the cell is read.
ITEM: tuple[tuple[str, str, Cell], ...] = (
    ("accountID", "Account ID", _needed),
    ("partnerAccountID", "Partner Account ID", _text),
    ("companyName", "Company Name", _text),
    ("userName", "User Name", _text),
    ("sku", "SKU", _of_charge),
    ("description", "Item Description", _text),
    ("priceType", "Price Type", _needed),
    ("serviceDateFrom", "Service Date From", _date),
    ("serviceDateTo", "Service Date To", _date),
    ("quantity", "Quantity", _needed_decimal),
    ("unitCost", "Unit Cost", _decimal),
    ("unitPrice", "Unit Price", _decimal),
    ("costAmount", "Cost Amount", _decimal),
    ("priceAmount", "Price Amount", _decimal),
    ("taxAmount", "Tax Amount", _decimal),
    ("comment", "Comment", _text),
)
TRANSACTION: tuple[tuple[str, str, Cell], ...] = (
    ("id", "Transaction ID", _needed),
    ("date", "Transaction Date", _needed_date),
    ("category", "Category", _needed),
)
ACCOUNT: tuple[tuple[str, str, Cell], ...] = (
    ("id", "Account ID", _needed),
    ("companyName", "Company Name", _text),
    ("ownerName", "Owner Name", _text),
    ("ownerPhone", "Owner Phone", _text),
    ("ownerEmail", "Owner E-mail", _text),
)
ADDRESS: tuple[tuple[str, str, Cell], ...] = (
    ("street", "Street", _text),
    ("city", "City", _text),
    ("state", "State", _text),
    ("postalCode", "Postal Code", _text),
    ("country", "Country", _text),
)
