"""The portal over HTTP: accounts, transactions and their items, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from rules_run.connect.abreast import in_order
from rules_run.connect.account import Account
from rules_run.connect.calls import Calls
from rules_run.connect.verdicts import at_path
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Record

from .columns import ACCOUNT_COLUMNS, CHARGES, ITEM_COLUMNS, TRANSACTION, Column
from .portal import Rows

PAGE = 100
AT_ONCE = 4
DAYS = 92
ID = re.compile(r"[\w.~-]{1,64}", re.ASCII)


class Web:
    """Reads one partner's data over HTTP."""

    def __init__(self, account: Account, calls: Calls) -> None:
        self._account, self.calls = account, calls
        self._days = account.number("days", DAYS, within=(1, 36_500))

    def items(self) -> Rows:
        """Return the items of every transaction of the last days, each with what its transaction says."""
        since = datetime.now(UTC).date() - timedelta(days=self._days)
        transactions = list(self._pages("Transactions", "v1/api/billing/transactions", {"from": since.isoformat()}))
        found = in_order(self._of, transactions, AT_ONCE)
        return [row for rows in found for row in rows]

    def accounts(self) -> Rows:
        """Return the accounts of the partner."""
        partner = self._account.text("partner_id")
        nodes = self._pages("Accounts", "v1/api/accounts", {"parentPartnerID": partner} if partner else {})
        return [self._row("Accounts", node, ACCOUNT_COLUMNS) for node in nodes]

    def _of(self, transaction: Mapping[str, object]) -> list[Record]:
        number = str(transaction.get("id"))
        if not ID.fullmatch(number) or set(number) <= {"."}:
            raise self._fault("Transactions", f"{number!r} is no id of a transaction")
        path = f"v1/api/billing/transactions/{quote(number, safe='')}/items"
        # The transaction says whose it is and when; the item, what was bought.
        own = {each.key: transaction.get(each.key) for each in TRANSACTION}
        items = self._pages("Items", path, {}, key="itemNumber")
        return [self._row("Items", {**transaction, **item, **own}, ITEM_COLUMNS) for item in items]

    def _pages(
        self, subject: str, path: str, where: Mapping[str, object], key: str = "id"
    ) -> Iterator[Mapping[str, object]]:
        """Yield all records, each once; records that came or went while pages were read are read from the start."""
        for _ in range(3):
            found: dict[str, Mapping[str, object]] = {}
            total, changed = self._read_all(subject, path, where, key, found)
            if not changed and total == len(found):
                return iter(found.values())
        raise self._fault(subject, "the records changed three times while they were read; try again later")

    def _read_all(
        self,
        subject: str,
        path: str,
        where: Mapping[str, object],
        key: str,
        found: dict[str, Mapping[str, object]],
    ) -> tuple[int, bool]:
        # Each page begins with the last record of the one before: where it does not, the list has moved meanwhile.
        skip, last, changed = 0, "", False
        while True:
            body = self.calls.fetch(subject, "GET", path, parameters={**where, "skip": skip, "take": PAGE})
            items, total = at_path(body, "items"), at_path(body, "total")
            if not isinstance(items, list) or not isinstance(total, int):
                raise self._fault(subject, "the answer holds no page of records")
            page = self._named(subject, items, key, skip)
            changed = changed or bool(last and (not page or page[0][0] != last))
            fresh = page[1:] if last else page
            changed = changed or any(name in found for name, _ in fresh)
            found.update(fresh)
            if not fresh or skip + len(page) >= total:
                return total, changed
            last = page[-1][0] if len(page) > 1 else ""
            skip += len(page) - bool(last)

    def _named(self, subject: str, items: list[object], key: str, skip: int) -> list[tuple[str, Mapping[str, object]]]:
        named = []
        for place, item in enumerate(items):
            if not isinstance(item, Mapping):
                raise self._fault(subject, "the answer holds something that is no record")
            named.append((str(item.get(key, skip + place)), item))
        return named

    def _row(self, subject: str, node: Mapping[str, object], columns: tuple[Column, ...]) -> Record:
        return {each.column: self._cell(subject, node, each) for each in columns}

    def _cell(self, subject: str, node: Mapping[str, object], column: Column) -> object:
        value = at_path(node, column.key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if column.needed == "always" or (column.needed == "charge" and node.get("category") in CHARGES):
                raise self._fault(subject, f"{column.key} is missing")
            return None
        try:
            return _READ[column.holds](value)
        except (ValueError, ArithmeticError) as fault:
            raise self._fault(subject, f"{column.key}: {value!r} is no {column.holds}") from fault

    def _fault(self, subject: str, what: str) -> ConnectorUnusable:
        return ConnectorUnusable(f"{self._account.alias}.{subject}: {what}.")


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError  # noqa: TRY004 - one class for all readers
    return str(value).strip()


def _date(value: object) -> str:
    return date.fromisoformat(str(value)[:10]).isoformat()


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not Decimal(str(value)).is_finite():
        raise ValueError
    return Decimal(str(value))


_READ: Mapping[str, Callable[[object], object]] = {"text": _text, "date": _date, "decimal": _decimal}
