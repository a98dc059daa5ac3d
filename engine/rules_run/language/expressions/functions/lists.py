"""What the functions on lists do: exact sums, and order by a key."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from typing import Any

from rules_run.errors import ValueFault
from rules_run.model.unknown import Unknown

from ..values import bounded, kind_of, shown
from .numbers import EXACT, divide

Pick = Callable[[Any], Any]


def total_of(values: list[Any]) -> Any:
    """Return the exact sum."""
    if Decimal not in map(type, values):
        return bounded(sum(values))
    try:
        return reduce(EXACT.add, values)
    except ArithmeticError:
        raise ValueFault("The sum has too many digits.", code="E012") from None


def average(values: list[Any]) -> Any:
    """Return the mean of numbers."""
    return divide(total_of(values), len(values)) if values else None


def _keys(values: list[Any], key: Pick, name: str) -> list[Any] | Unknown:
    """Return the sort key of every element: all numbers or all texts; unknown when one is."""
    found = [key(value) for value in values]
    kinds = {kind_of(one) for one in found}
    if kinds <= {"number"} or kinds <= {"text"}:
        return found
    for one in found:
        if isinstance(one, Unknown):
            return one
    odd = next(one for one in found if kind_of(one) not in ("number", "text") or kind_of(one) != kind_of(found[0]))
    raise ValueFault(f"{name}() orders by numbers or by texts, but found {shown(odd)}.", code="E008")


def sort_by(values: list[Any], key: Pick) -> Any:
    """Return the elements in ascending order of a key."""
    keys = _keys(values, key, "sort_by")
    if isinstance(keys, Unknown):
        return keys
    return [values[position] for position in sorted(range(len(values)), key=keys.__getitem__)]


def min_by(values: list[Any], key: Pick) -> Any:
    """Return the element with the smallest key."""
    keys = _keys(values, key, "min_by")
    if isinstance(keys, Unknown):
        return keys
    return values[min(range(len(values)), key=keys.__getitem__)] if values else None


def max_by(values: list[Any], key: Pick) -> Any:
    """Return the element with the greatest key."""
    keys = _keys(values, key, "max_by")
    if isinstance(keys, Unknown):
        return keys
    return values[max(range(len(values)), key=keys.__getitem__)] if values else None
