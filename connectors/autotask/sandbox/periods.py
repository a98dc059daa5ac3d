"""Unit rows of a contract service over its billing periods: pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Units of a service from one day to another; a posted row never changes any more."""

    start: date
    end: date
    units: int
    unit_price: Decimal
    unit_cost: Decimal
    posted: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The billing periods of a contract, counted from its first day: a 31st comes back after a short month."""

    first: date
    last: date
    months: int

    def period(self, day: date) -> tuple[date, date]:
        """Return the first and last day of the period that holds the day."""
        count = ((day.year - self.first.year) * 12 + day.month - self.first.month) // self.months
        if self._start(count) > day:
            count -= 1
        return self._start(count), self._start(count + 1) - DAY

    def horizon(self, today: date) -> date:
        """Return the last day up to which rows are made: one period ahead of today."""
        return self.period(self.period(max(today, self.first))[1] + DAY)[1]

    def _start(self, count: int) -> date:
        return self.first + relativedelta(months=count * self.months)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an adjustment does from its day on."""

    day: date
    units: int
    price: Decimal | None = None
    cost: Decimal | None = None


def adjusted(rows: Sequence[Row], calendar: Calendar, change: Change, today: date, blank: Row) -> list[Row]:
    """Return all rows after a change; `blank` gives the prices where no row stood before."""
    first = min([change.day, *(row.start for row in rows)])
    horizon = max(calendar.horizon(today), calendar.period(change.day)[1])
    filled = _filled(rows, calendar, first, min(horizon, calendar.last), blank)
    return [_changed(row, change) for row in _split(filled, change.day)]


def amount(units: int, price: Decimal, row: Row, calendar: Calendar) -> Decimal:
    """Return what a row costs: its share of the period by days, not rounded."""
    start, end = calendar.period(row.start)
    days = (row.end - row.start).days + 1
    return units * price * days / ((end - start).days + 1)


def _filled(rows: Sequence[Row], calendar: Calendar, first: date, last: date, blank: Row) -> list[Row]:
    """Close the gaps from first to last with one row a period; the units that stood before go on."""
    known = sorted(rows, key=lambda row: row.start)
    result: list[Row] = []
    standing, day = blank, first
    while day <= last or known:
        if known and known[0].start <= day:
            standing = known.pop(0)
        else:
            before_next = known[0].start - DAY if known else last
            end = min(calendar.period(day)[1], before_next)
            standing = replace(standing, start=day, end=end, posted=False, id=None)
        result.append(standing)
        day = standing.end + DAY
    return result


def _split(rows: Sequence[Row], day: date) -> list[Row]:
    parts: list[Row] = []
    for row in rows:
        if row.start < day <= row.end and not row.posted:
            parts += [replace(row, end=day - DAY), replace(row, start=day, id=None)]
        else:
            parts.append(row)
    return parts


def _changed(row: Row, change: Change) -> Row:
    if row.posted or row.start < change.day:
        return row
    return replace(
        row,
        units=row.units + change.units,
        unit_price=row.unit_price if change.price is None else change.price,
        unit_cost=row.unit_cost if change.cost is None else change.cost,
    )
