"""Made-up invoices in Autotask, and what they come to by a reckoning that has nothing of the product in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random

TPS, TVQ = Fraction(5, 100), Fraction(9975, 100000)


def cents(amount: Fraction) -> int:
    """Return an amount in whole cents, half a cent away from zero."""
    size = (2 * abs(amount) * 100 + 1) // 2
    return int(size if amount >= 0 else -size)


def money(amount: int) -> Decimal:
    """Return cents as an amount."""
    return Decimal(amount).scaleb(-2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A billing item: so many at a rate of up to five decimals, which Autotask extends to the cent."""

    quantity: Decimal
    rate: Decimal

    @property
    def cents(self) -> int:
        """Return what the line comes to."""
        return cents(Fraction(self.quantity) * Fraction(self.rate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice with its lines."""

    number: int
    lines: tuple[Line, ...]

    @property
    def net(self) -> int:
        """Return the cents before taxes."""
        return sum(line.cents for line in self.lines)

    @property
    def taxes(self) -> tuple[int, int]:
        """Return the cents of both taxes, each on what it is before taxes."""
        net = Fraction(self.net, 100)
        return cents(net * TPS), cents(net * TVQ)

    @property
    def total(self) -> int:
        """Return the cents with taxes."""
        return self.net + sum(self.taxes)


def bills(count: int, seed: int) -> Iterator[Bill]:
    """Yield invoices of one to eight lines, every fifth of them a credit."""
    chance = Random(seed)
    for number in range(1, count + 1):
        sign = -1 if number % 5 == 0 else 1
        yield Bill(number=number, lines=tuple(_line(chance, sign) for _ in range(chance.randint(1, 8))))


def _line(chance: Random, sign: int) -> Line:
    """Return hours, pieces, pages by the thousand, a discount, or something that costs nothing."""
    kind = chance.random()
    if kind < 0.35:
        return Line(quantity=_number(chance, 0.25, 40, 2), rate=sign * _number(chance, 60, 250, 2))
    if kind < 0.7:
        return Line(quantity=Decimal(chance.randint(1, 60)), rate=sign * _number(chance, 0.5, 900, 5))
    if kind < 0.85:
        return Line(quantity=Decimal(chance.randint(1, 250_000)), rate=sign * _number(chance, 0.00001, 0.2, 5))
    if kind < 0.95:
        return Line(quantity=_number(chance, 0.1, 9, 4), rate=-sign * _number(chance, 1, 90, 5))
    return Line(quantity=Decimal(chance.randint(0, 3)), rate=Decimal(0))


def _number(chance: Random, least: float, most: float, places: int) -> Decimal:
    return Decimal(f"{chance.uniform(least, most):.{places}f}")


def records(found: Iterable[Bill], company: int, code: int) -> dict[str, list[dict[str, object]]]:
    """Return the invoices as Autotask holds them."""
    day = "2025-02-28T17:00:00Z"
    invoices: list[dict[str, object]] = []
    items: list[dict[str, object]] = []
    for bill in found:
        dates = {"invoiceDateTime": day, "createDateTime": day}
        amounts = {"invoiceTotal": money(bill.total), "totalTaxValue": money(sum(bill.taxes))}
        invoices.append({"id": bill.number, "companyID": company, **dates, **amounts, "isVoided": False})
        for place, line in enumerate(bill.lines):
            item = {"id": bill.number * 10 + place, "invoiceID": bill.number, "companyID": company, "nonBillable": 0}
            told = {"itemName": f"Ligne {place}", "billingItemType": "Labor", "subType": "Labor", "billingCodeID": code}
            counted = {"quantity": line.quantity, "rate": line.rate, "extendedPrice": money(line.cents)}
            items.append({**item, **told, **counted})
    return {"Invoices": invoices, "BillingItems": items}
