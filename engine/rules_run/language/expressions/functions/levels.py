"""`levels`: the quantity of a service over time, from the rows that a vendor bills."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rules_run.errors import Hold, ValueFault
from rules_run.model.frozen import frozen

from ..values import NUMBERS, shown
from .dates import day_of, later_by_months
from .lists import total_of
from .numbers import Number
from .signature import Function, function

_DAY = timedelta(days=1)
_EFFECTIVE = ("service_date", "period_start", "next_period")
_PRICES = ("unitCost", "unitPrice")

Pick = Callable[[Any], object]


@frozen
class _Row:
    """One billed row: what it covers, how much, and whether it stands for whole months."""

    begin: date
    end: date
    quantity: Number
    full: bool
    pushed: bool = False  # moved past its own end, so it counts only where no full row does
    source: Any

    def covers(self, day: date) -> bool:
        return self.begin <= day <= self.end


def levels(
    rows: Sequence[Any], begins: Pick, ends: Pick, quantity: Pick, start: str, end: str, effective: str = "service_date"
) -> list[dict[str, object]]:
    """Return one level for each date on which a row begins, in date order.

    Rows are judged full or partial, then clamped to start..end, then moved as `effective` says. A full row covers the
    date: `units` is the sum of all that cover it. Else `added` is that sum and `base` the day whose standing quantity
    it is added to: the day before the earliest of these partial rows.
    """
    first, last = day_of(start), day_of(end)
    if effective not in _EFFECTIVE:
        raise ValueFault(f"levels() knows {', '.join(_EFFECTIVE)}, not {shown(effective)}.", code="E011")
    read = (_read(row, begins, ends, quantity) for row in rows)
    kept = [replace(row, begin=max(row.begin, first), end=min(row.end, last)) for row in read]
    moved = [_moved(row, first, effective) for row in kept if row.begin <= row.end]
    standing = [row for row in moved if row.begin <= last]
    return [_level(day, standing) for day in sorted({row.begin for row in standing})]


def is_full(begin: date, end: date) -> bool:
    """Tell whether the days are whole months: a month's end stands for each later day of the month too."""
    following = end + _DAY
    months = (following.year - begin.year) * 12 + following.month - begin.month
    anchors = range(begin.day, 32) if (begin + _DAY).day == 1 else (begin.day,)
    return months >= 1 and any(later_by_months(begin, months, anchor) == following for anchor in anchors)


def _read(row: Any, begins: Pick, ends: Pick, quantity: Pick) -> _Row:
    begin, end = (_date(pick(row), what) for pick, what in ((begins, "begin"), (ends, "end")))
    count = quantity(row)
    if not isinstance(count, int | Decimal) or count.__class__ not in NUMBERS:
        raise ValueFault(f"levels(): the quantity of a row is {shown(count)}, but has to be a number.", code="E008")
    if end < begin:
        raise ValueFault(f"levels(): a row begins {begin} and ends {end}, before it begins.", code="E011")
    return _Row(begin=begin, end=end, quantity=count, full=is_full(begin, end), source=row)


def _date(value: object, what: str) -> date:
    if not isinstance(value, str):
        raise ValueFault(f"levels(): the {what} of a row is {shown(value)}, but has to be a date.", code="E008")
    return day_of(value)


def _moved(row: _Row, first: date, effective: str) -> _Row:
    if effective == "service_date":
        return row
    begin = _period(row.begin, first, following=effective == "next_period")
    return replace(row, begin=begin, end=max(row.end, begin), pushed=begin > row.end)


def _period(day: date, first: date, *, following: bool) -> date:
    """Return the begin of the monthly period that holds a day, or of the next one unless the day begins one."""
    months = (day.year - first.year) * 12 + day.month - first.month
    begin = later_by_months(first, months)
    if begin > day:
        months, begin = months - 1, later_by_months(first, months - 1)
    return later_by_months(first, months + 1) if following and begin < day else begin


def _level(day: date, rows: Sequence[_Row]) -> dict[str, object]:
    covering = [row for row in rows if row.covers(day)]
    priced = _priced(day, [row.source for row in covering if row.begin == day])
    level: dict[str, object] = {"from": day.isoformat(), "units": None, "added": None, "base": None, "row": priced}
    full = [row for row in covering if row.full]
    if any(not row.pushed for row in full):
        return level | {"units": total_of([row.quantity for row in covering if not row.pushed])}
    if full:
        return level | {"units": total_of([row.quantity for row in covering])}
    earliest = min(row.begin for row in covering)
    return level | {"added": total_of([row.quantity for row in covering]), "base": (earliest - _DAY).isoformat()}


def _priced(day: date, rows: Sequence[Any]) -> Any:
    for name in _PRICES:
        prices = [row.get(name) for row in rows if isinstance(row, Mapping)]
        if any(price != prices[0] for price in prices):
            told = ", ".join(shown(price).removeprefix("the number ") for price in prices)
            raise Hold(
                f"Rows that begin on {day} have different values of {name}: {told}.",
                hint="One service has one cost and one price on a date. Correct the rows.",
            )
    return rows[0]


_ROW = {"from": "2019-05-13", "to": "2019-06-03", "quantity": 2, "unitCost": 5, "unitPrice": 8}

LEVELS: Function = function(
    "levels(rows: list, from: expression, to: expression, quantity: expression, start: date, end: date, "
    "effective?: text)",
    "list",
    "The quantity over time: one record {from, units, added, base, row} for each date on which a row begins. Rows are "
    "clamped to start..end. Where a row of whole months covers the date, units is the sum; else added is, on top of "
    "what stood on the day base. The last argument moves the dates: service_date, period_start or next_period.",
    levels,
    (
        ([_ROW], "&from", "&to", "&quantity", "2019-05-04", "2029-05-03"),
        [{"from": "2019-05-13", "units": None, "added": 2, "base": "2019-05-12", "row": _ROW}],
    ),
)
