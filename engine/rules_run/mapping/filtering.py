"""Whether a record meets conditions: what a system cannot filter is filtered with this."""

from __future__ import annotations

import operator
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from rules_run.model.exchange import Condition

Comparable = str | Decimal | datetime | bool

_ORDERS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
_SEGMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^.]+)')
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


def matches(record: Mapping[str, object], conditions: Iterable[Condition]) -> bool:
    """Say whether the record meets every condition; a null equals nothing, and a condition on null is never met."""
    return all(_meets(value_at(record, condition.field), condition) for condition in conditions)


def value_at(record: Mapping[str, object], field: str) -> object:
    """Return the value of a dotted field, None where the path breaks off."""
    if field in record:
        return record[field]
    value: object = record
    for name in split_field(field):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


@lru_cache(maxsize=4096)
def split_field(field: str) -> tuple[str, ...]:
    """Return the names of a dotted field; a name with dots or spaces may stand in double quotes."""
    return tuple(
        quoted.replace('\\"', '"').replace("\\\\", "\\") if quoted or not plain else plain
        for quoted, plain in _SEGMENT.findall(field)
    )


def _meets(value: object, condition: Condition) -> bool:
    asked = condition.value
    if condition.op == "empty":
        return (value is None or value in ("", [], {})) is bool(asked)
    if asked is None:
        return False
    if condition.op in ("in", "not_in"):
        members = asked if isinstance(asked, Collection) and not isinstance(asked, str) else (asked,)
        return _among(value, members) is (condition.op == "in")
    if condition.op in ("eq", "not"):
        return (value is not None and _equal(value, asked)) is (condition.op == "eq")
    return value is not None and _compare(value, condition.op, asked)


def _among(value: object, members: Collection[object]) -> bool:
    if value is None:
        return False
    if isinstance(value, str) and value in members:
        return True
    return any(_equal(value, member) for member in members if member is not None)


def _equal(value: object, asked: object) -> bool:
    if isinstance(value, str) and isinstance(asked, str) and value == asked:
        return True
    left, right = _comparable(value, asked), _comparable(asked, value)
    return type(left) is type(right) and left == right


def _compare(value: object, op: str, asked: object) -> bool:
    if op == "contains":
        if isinstance(value, (list, tuple)):
            return any(_equal(item, asked) for item in value if item is not None)
        return str(asked) in str(value)
    if op == "starts_with":
        return str(value).startswith(str(asked))
    left, right = _comparable(value, asked), _comparable(asked, value)
    order: Any = _ORDERS[op]
    return type(left) is type(right) and not isinstance(left, bool) and bool(order(left, right))


def _comparable(value: object, other: object) -> Comparable:
    """Return the value in the form in which it compares with `other`: numbers as Decimal, dates as moments."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    if isinstance(value, (date, datetime)):
        return _moment(value.isoformat()) or str(value)
    text = str(value)
    if isinstance(other, (int, Decimal)) and not isinstance(other, bool):
        return _number(text)
    return _moment(text) or text


def _number(text: str) -> Comparable:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def _moment(text: str) -> datetime | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
