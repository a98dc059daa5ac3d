"""JSON as it crosses the wire: numbers exact, nothing that two readers could read differently."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import NoReturn

LONGEST_NUMBER = 30


class PayloadError(ValueError):
    """A body that is not one clean JSON document."""


def parse_json(body: bytes) -> object:
    """Return the document with numbers as int or Decimal; raise PayloadError for anything doubtful."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
    except PayloadError:
        raise
    except (ValueError, RecursionError) as fault:
        raise PayloadError("the answer is not JSON") from fault
    if b"\\u" in body:
        _check_texts(value)
    return value


def write_json(value: object) -> bytes:
    """Return the value as compact JSON; Decimals are written digit by digit as they are."""
    return _written(value).encode("utf-8")


def _written(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(f"{json.dumps(str(name), ensure_ascii=False)}:{_written(item)}" for name, item in value.items())
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, float):
        raise TypeError("A binary fraction is never written: money is Decimal.")
    return json.dumps(value, ensure_ascii=False)


def _decimal(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise PayloadError("the answer holds a number of more digits than any amount has")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise PayloadError("the answer holds a number of more digits than any amount has")
    return int(text)


def _no_constant(name: str) -> NoReturn:
    raise PayloadError(f"the answer holds {name}, which is no number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise PayloadError("the answer names a field twice in one object")
    return value


def _check_texts(value: object) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _check_texts(name)
            _check_texts(item)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)
    elif isinstance(value, str) and ("\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
        raise PayloadError("the answer holds text that cannot be stored (half a character, or a zero byte)")
