"""The partner portal's two kinds of data, and what they come to as records, wherever they were read."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from rules_run.model.exchange import Record

from .columns import ACCOUNT, ADDRESS, IDENTITY, ITEM, TRANSACTION

Rows = Sequence[Record]


class Supplier(Protocol):
    """Gives rows by column, each cell read as its kind."""

    def items(self) -> Rows:
        """Return the rows of all transactions."""

    def accounts(self) -> Rows:
        """Return the partner accounts, each once."""


class Portal:
    """Asks its supplier once for each resource."""

    def __init__(self, supplier: Supplier) -> None:
        self._supplier = supplier
        self._makers: Mapping[str, Callable[[], list[Record]]] = {"Items": self._items, "Accounts": self._accounts}
        self._known: dict[str, list[Record]] = {}

    def __call__(self, resource: str, /) -> Iterable[Record]:
        """Return all records of a resource."""
        if resource not in self._known:
            self._known[resource] = self._makers[resource]()
        return self._known[resource]

    def _items(self) -> list[Record]:
        rows = self._supplier.items()
        latest = _latest_service_dates(rows)
        return [
            {
                "itemID": item_id,
                **_filled({each.field: row[each.column] for each in ITEM}),
                "isCredit": any(_amount(row[column]) < 0 for column in ("Quantity", "Cost Amount", "Price Amount")),
                "transaction": _filled({each.field: row[each.column] for each in TRANSACTION})
                | {"latestServiceDate": latest[row["Transaction ID"]]},
            }
            for item_id, row in zip(_item_ids(rows), rows, strict=True)
        ]

    def _accounts(self) -> list[Record]:
        return [
            _filled({each.field: row[each.column] for each in ACCOUNT})
            | {"address": _filled({each.field: row[each.column] for each in ADDRESS})}
            for row in self._supplier.accounts()
        ]


def _latest_service_dates(rows: Rows) -> dict[object, str]:
    """Return, by transaction, the last day that any of its rows bills; a row without service dates counts by its date.

    A bill in arrears for May, dated 1 June, has 31 May: it lies in a window of thirty days on 4 June.
    """
    days: dict[object, list[str]] = defaultdict(list)
    for row in rows:
        days[row["Transaction ID"]].append(
            str(row["Service Date To"] or row["Service Date From"] or row["Transaction Date"])
        )
    return {transaction: max(all_days) for transaction, all_days in days.items()}


def _item_ids(rows: Rows) -> list[str]:
    """Return an id for each row that no shuffling changes: the report itself gives none.

    Rows of one identity are numbered in the order of their whole content, so that equal rows may change places.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        identity = "\x1f".join(_text_of(row[column]) for column in IDENTITY)
        alike[hashlib.sha256(identity.encode()).hexdigest()[:16]].append(place)
    ids = [""] * len(rows)
    for identity, places in alike.items():
        for number, place in enumerate(
            sorted(places, key=lambda each: [_text_of(cell) for cell in rows[each].values()]), 1
        ):
            ids[place] = f"{identity}-{number}"
    return ids


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _text_of(value: object) -> str:
    """Return a cell as it counts for identity: 7.9 and 7.90 are one price."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value or "")


def _filled(record: Record) -> Record:
    return {name: value for name, value in record.items() if value is not None}
