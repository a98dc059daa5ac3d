"""The portal's exports: the billing report, and the list of accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from rules_run.connect.account import Account
from rules_run.connect.csvfile import Line, read_sheet
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Record

from .columns import ACCOUNT_COLUMNS, CHARGES, ITEM_COLUMNS, Column
from .portal import Rows

_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,10})?")


class Report:
    """Reads the files of a tenant."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def items(self) -> Rows:
        """Return the rows of the billing report."""
        lines = read_sheet(self._account.path("report"), [each.column for each in ITEM_COLUMNS]).lines
        return [_row(line, ITEM_COLUMNS) for line in lines]

    def accounts(self) -> Rows:
        """Return the rows of the list of accounts."""
        if not self._account.text("accounts"):
            alias = self._account.alias
            raise ConnectorUnusable(
                f"{alias}: accounts are read here; the setting `accounts` names the file they stand in."
            )
        seen: set[str] = set()
        rows: list[Record] = []
        for line in read_sheet(self._account.path("accounts"), [each.column for each in ACCOUNT_COLUMNS]).lines:
            rows.append(_row(line, ACCOUNT_COLUMNS))
            account_id = str(rows[-1]["Account ID"])
            if account_id in seen:
                raise line.fault("Account ID", f"{account_id!r} is there twice.")
            seen.add(account_id)
        return rows


def _row(line: Line, columns: tuple[Column, ...]) -> Record:
    return {each.column: _cell(line, each) for each in columns}


def _cell(line: Line, column: Column) -> object:
    if text := line.cells[column.column].strip():
        return _READ[column.holds](line, column.column, text)
    if column.needed == "always" or (column.needed == "charge" and line.cells["Category"].strip() in CHARGES):
        raise line.fault(column.column, "a value is needed here.")
    return None


def _date(line: Line, column: str, text: str) -> object:
    try:
        month, day, year = _DATE.fullmatch(text).groups()  # type: ignore[union-attr]
        return date(int(year), int(month), int(day)).isoformat()
    except (AttributeError, ValueError) as fault:
        raise line.fault(column, f"{text!r} is not a date (MM/DD/YYYY).") from fault


def _decimal(line: Line, column: str, text: str) -> object:
    if not _NUMBER.fullmatch(text):
        raise line.fault(column, f"{text!r} is not a number (1284.50).")
    return Decimal(text)


def _text(line: Line, column: str, text: str) -> object:
    return text


_READ: Mapping[str, Callable[[Line, str, str], object]] = {"text": _text, "date": _date, "decimal": _decimal}
