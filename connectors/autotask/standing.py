"""What Autotask has for one service of one contract, and what is wanted of it: days, units, prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

DAY = timedelta(days=1)
HALF_CENT = Decimal("0.005")
PRICE_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The units from one day to another, both included; `posted` is the day on which they were billed."""

    start: date
    end: date
    units: int
    posted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The quantity wanted from a day on, with the price and cost that go with it."""

    start: date
    units: int
    price: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One adjustment: the difference from a day on."""

    start: date
    units: int
    price: Decimal | None
    cost: Decimal | None

    def says(self) -> str:
        """Return what a person reads about it."""
        amounts = [f"{'at' if self.units else 'price'} {_money(self.price)}"] if self.price is not None else []
        amounts += [f"cost {_money(self.cost)}"] if self.cost is not None else []
        if self.units:
            return " ".join([f"{self.units:+d} from {self.start}", ", ".join(amounts)]).strip()
        return f"{', '.join(amounts)} from {self.start}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What Autotask has for one service of one contract."""

    rows: tuple[Row, ...] = ()
    price: Decimal | None = None
    cost: Decimal | None = None
    made: bool = False
    repeated: bool = False
    period_start: date | None = None
    period_months: int | None = None

    @staticmethod
    def of(state: Mapping[str, Any] | None) -> Standing:
        """Read the state that `read` gives."""
        if state is None:
            return Standing()
        rows = [
            Row(start=day_of(each["from"]), end=day_of(each["to"]), units=int(each["units"]), posted=each.get("posted"))
            for each in state.get("units", ())
        ]
        start = state.get("periodStart")
        return Standing(
            rows=tuple(sorted(rows, key=lambda row: row.start)),
            price=amount_of(state.get("unitPrice")),
            cost=amount_of(state.get("unitCost")),
            made=True,
            repeated=bool(state.get("repeated")),
            period_start=day_of(start) if start else None,
            period_months=state.get("periodMonths"),
        )

    def on(self, day: date) -> int:
        """Return the units of a day; after the last row its quantity goes on."""
        if self.rows and day > self.rows[-1].end:
            return self.rows[-1].units
        return next((row.units for row in self.rows if row.start <= day <= row.end), 0)

    def adjusted_on(self, day: date) -> bool:
        """Say whether an adjustment already takes effect on that day, as far as the rows show it."""
        if not any(row.start == day for row in self.rows):
            return False
        return day == self.rows[0].start or self.on(day) != self.on(day - DAY) or self._splits(day)

    def is_period(self, first: date, following: date) -> bool:
        """Say whether two days are known to begin billing periods."""
        return self.period_start is not None and not self._splits(first) and not self._splits(following)

    def cost_differs(self, wanted: Decimal | None) -> bool:
        """Say whether another cost is wanted than stands, as far as amounts in cents can tell."""
        units = max((row.units for row in self.rows), default=0)
        slack = HALF_CENT / units if units else Decimal(0)
        return wanted is not None and self.cost is not None and abs(wanted - self.cost) > slack

    def _splits(self, day: date) -> bool:
        """Say whether a row that begins on `day` begins inside a billing period."""
        if self.period_start is None or not self.period_months:
            return False
        months = (day.year - self.period_start.year) * 12 + day.month - self.period_start.month
        nearest = months // self.period_months * self.period_months
        return day != _add_months(self.period_start, nearest)


def day_of(value: object) -> date:
    """Return a date or the date of an ISO text."""
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def amount_of(value: object) -> Decimal | None:
    """Return an amount with four places, in one form for one value."""
    return None if value is None else Decimal(str(value)).quantize(PRICE_PLACES, ROUND_HALF_UP).normalize() + 0


def _money(amount: Decimal) -> str:
    cents = amount.quantize(Decimal("0.01"))
    return format(cents if cents == amount else amount, "f")


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - DAY).day))
