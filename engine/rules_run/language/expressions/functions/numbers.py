"""Arithmetic: exact Decimal, rounding half up, never a binary float."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from rules_run.errors import ValueFault

from ..values import MOST_DIGITS, bounded, shown
from .signature import Function, function

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
EXACT = Context(prec=130, rounding=ROUND_HALF_UP, Emin=-MOST_DIGITS, Emax=MOST_DIGITS, traps=_TRAPS)
QUOTIENT = Context(prec=28, rounding=ROUND_HALF_UP, traps=_TRAPS)
MOST_PLACES = 10
_UNITS = [Decimal(1).scaleb(-places) for places in range(MOST_PLACES + 1)]

Number = int | Decimal


def whole(value: Number, rounding: str) -> int:
    """Return the number rounded to a whole one."""
    return value if isinstance(value, int) else int(bounded(value).to_integral_value(rounding=rounding))


def as_count(value: Number, what: str) -> int:
    """Return a number that has to be whole, such as a count of days, as an int."""
    if value.__class__ is not int and value != bounded(value) // 1:
        raise ValueFault(f"{what} must be a whole number, not {shown(value)}.", code="E011")
    return int(value)


def rounder(places: Number) -> Callable[[Number], Decimal]:
    """Return the function that rounds to so many places."""
    count = as_count(places, "The places of round()")
    if not 0 <= count <= MOST_PLACES:
        raise ValueFault(f"round() takes 0 to {MOST_PLACES} places, not {count}.", code="E011")
    unit = _UNITS[count]

    def rounded(value: Number) -> Decimal:
        if value.__class__ is int:
            value = Decimal(value)
        try:
            return value.quantize(unit, ROUND_HALF_UP, EXACT)  # type: ignore[union-attr]  # no int any more
        except InvalidOperation:
            raise _too_large() from None

    return rounded


def round_half_up(value: Number, places: int) -> Decimal:
    """Round half away from zero, as invoices do."""
    return rounder(places)(value)


def divide(value: Number, by: Number) -> Number:
    """Divide to 28 digits; a whole quotient of whole numbers stays whole."""
    if not by:
        raise ValueFault("divide() cannot divide by zero.", code="E011")
    if isinstance(value, int) and isinstance(by, int) and value % by == 0:
        return value // by
    return bounded(QUOTIENT.divide(bounded(value), bounded(by)))


def _operation(whole_numbers: Callable[[int, int], int], decimals: Callable[[Any, Any], Decimal]) -> Any:
    """Return an operation that keeps whole numbers whole and Decimals exact."""

    def operate(left: Any, right: Any) -> Number:
        if left.__class__ is int and right.__class__ is int:
            return bounded(whole_numbers(left, right))
        try:
            return decimals(left, right)
        except ArithmeticError:
            raise _too_large() from None

    return operate


def _too_large() -> ValueFault:
    return ValueFault("The number has too many digits.", code="E012")


ARITHMETIC: tuple[Function, ...] = (
    function(
        "add(left: number, right: number)",
        "number",
        "The sum of two numbers.",
        _operation(operator.add, EXACT.add),
        ((Decimal("0.1"), Decimal("0.2")), Decimal("0.3")),
    ),
    function(
        "subtract(left: number, right: number)",
        "number",
        "The left number less the right one.",
        _operation(operator.sub, EXACT.subtract),
        ((Decimal("1284.50"), 84), Decimal("1200.50")),
    ),
    function(
        "multiply(left: number, right: number)",
        "number",
        "The product of two numbers.",
        _operation(operator.mul, EXACT.multiply),
        ((3, Decimal("19.99")), Decimal("59.97")),
    ),
    function(
        "divide(value: number, by: number)",
        "number",
        "The quotient, to 28 digits; zero as divisor is a fault.",
        divide,
        ((10, 4), Decimal("2.5")),
        ((10, 5), 2),
    ),
    function(
        "round(value: number, places: number)",
        "number",
        "The number rounded half up to a count of decimal places.",
        round_half_up,
        ((Decimal("2.675"), 2), Decimal("2.68")),
        prepared=rounder,
    ),
)
