"""Amounts of money."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def money(value: Decimal) -> Decimal:
    """Round to the cent, half up."""
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def number(value: object) -> Decimal:
    """Return a stored number, 0 where nothing stands."""
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))
