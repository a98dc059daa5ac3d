"""JSON in which numbers keep every digit: what was written is what is read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any


def dumps(value: object) -> str:
    """Return JSON text, in ASCII, which every store takes; what JSON does not know becomes text."""
    return "".join(_parts(value))


def loads(text: str) -> Any:
    """Return the value of a JSON text, with int for whole numbers and Decimal for all others."""
    return json.loads(text, parse_float=Decimal)


def _parts(value: object) -> Iterator[str]:
    match value:
        case Mapping():
            yield from _object(value)
        case list() | tuple():
            yield from _array(value)
        case Decimal() if value.is_finite():
            yield str(value)
        case float() if isfinite(value):
            yield repr(value)
        case None | bool() | int():
            yield json.dumps(value)
        case date():
            yield json.dumps(value.isoformat())
        case _:
            yield json.dumps(str(value))


def _object(value: Mapping[Any, object]) -> Iterator[str]:
    yield "{"
    for position, (key, item) in enumerate(value.items()):
        yield f"{', ' if position else ''}{json.dumps(str(key))}: "
        yield from _parts(item)
    yield "}"


def _array(value: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    yield "["
    for position, item in enumerate(value):
        if position:
            yield ", "
        yield from _parts(item)
    yield "]"
