"""JSON in which numbers keep every digit: what was written is what is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring_ascii as _quoted
from math import isfinite
from typing import Any


def dumps(value: object) -> str:
    """Return JSON text, in ASCII, which every store takes; what JSON does not know becomes text."""
    if type(value) is str:  # most values are texts, and this is written for every document
        return _quoted(value)
    match value:
        case Mapping():
            return "{" + ", ".join([f"{_quoted(str(key))}: {dumps(item)}" for key, item in value.items()]) + "}"
        case list() | tuple():
            return "[" + ", ".join([dumps(item) for item in value]) + "]"
        case Decimal() if value.is_finite():
            return str(value)
        case float() if isfinite(value):
            return repr(value)
        case None | bool() | int():
            return json.dumps(value)
        case date():
            return _quoted(value.isoformat())
    return _quoted(str(value))


def loads(text: str) -> Any:
    """Return the value of a JSON text, with int for whole numbers and Decimal for all others."""
    return json.loads(text, parse_float=Decimal)
