"""Which adjustments lead from what stands to what is wanted, and what forbids them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .standing import DAY, Change, Level, Standing, amount_of, day_of


def levels_of(desired: Mapping[str, Any], standing: Standing) -> list[Level] | str:
    """Return what is wanted by date, or the sentence that says why it cannot be told."""
    levels: dict[date, Level] = {}
    given = sorted(desired.get("levels") or (), key=lambda each: str(each["from"]))
    for each in given:
        units = each.get("units")
        if units is None:
            base = day_of(each["base"]) if each.get("base") else day_of(each["from"]) - DAY
            units = _wanted(list(levels.values()), standing, base) + Decimal(str(each.get("added") or 0))
        units = Decimal(str(units))
        if units != int(units):
            return f"{units} units from {each['from']}: Autotask counts whole units only."
        if units < 0:
            return f"From {each['from']} there would be {units} units: fewer than none."
        start = day_of(each["from"])
        levels[start] = Level(
            start=start, units=int(units), price=amount_of(each.get("unitPrice")), cost=amount_of(each.get("unitCost"))
        )
    return list(levels.values())


def _wanted(levels: Sequence[Level], standing: Standing, day: date) -> int:
    """Return the quantity wanted on a day: before the first level what stands."""
    return next((level.units for level in reversed(levels) if level.start <= day), standing.on(day))


def changes_between(levels: Sequence[Level], standing: Standing) -> Iterator[Change]:
    """Yield one adjustment for each date on which the quantity, or the price, has to change."""
    if not levels:
        return
    starts = {row.start for row in standing.rows if row.start >= levels[0].start}
    moved = 0
    sent: Level | None = None
    for day in sorted(starts | {level.start for level in levels}):
        level = next(each for each in reversed(levels) if each.start <= day)
        units = level.units - standing.on(day) - moved
        if units or (day == level.start and _reprices(level, sent, standing, last=level is levels[-1])):
            yield Change(start=day, units=units, price=level.price, cost=level.cost)
            moved += units
            sent = level


def _reprices(level: Level, sent: Level | None, standing: Standing, *, last: bool) -> bool:
    """Say whether the price or cost has to be told: Autotask shows the latest only, so the last level is compared."""
    if sent is not None:
        return _differs(level.price, sent.price) or _differs(level.cost, sent.cost)
    if not last or not standing.made or not level.units:
        return False
    return _differs(level.price, standing.price) or standing.cost_differs(level.cost)


def _differs(wanted: Decimal | None, stands: Decimal | None) -> bool:
    return wanted is not None and wanted != stands


def obstacle(change: Change, levels: Sequence[Level], standing: Standing) -> str:
    """Return the sentence that says why Autotask cannot take the change, empty where it can."""
    if standing.repeated:
        return "The contract has several lines of this service: which of them is meant cannot be told."
    if standing.rows and change.start > standing.rows[-1].end:
        return (
            f"{change.says()}: Autotask shows no units after {standing.rows[-1].end} yet. "
            "The change waits until it has made them."
        )
    if posted := next((row for row in standing.rows if row.posted and row.end >= change.start), None):
        return (
            f"{change.says()}: the units from {posted.start} to {posted.end} were approved and posted "
            f"on {posted.posted}. Un-post them in Autotask, or bill the difference as a charge."
        )
    if standing.adjusted_on(change.start):
        return _taken(change, levels, standing)
    return ""


def _taken(change: Change, levels: Sequence[Level], standing: Standing) -> str:
    have = standing.on(change.start)
    want = _wanted(levels, standing, change.start)
    kept = f"{have} units stand from {change.start} on, {want} are wanted" if change.units else change.says()
    if change.units and have == want:
        kept = f"{have} units stand from {change.start} on as wanted, but other days before it have to change"
    return (
        f"{kept}: an adjustment takes effect on that day already, and Autotask takes one a day for each service. "
        "Change it in Autotask (Contract > Services > Adjust), then reprocess."
    )
