"""JSON for people in which numbers keep every digit."""

from __future__ import annotations

import json
from decimal import Decimal


def exact_json(value: object, indent: str | None = "\n") -> str:
    """Return a value as JSON, over several lines or, without `indent`, on one; what JSON does not know is its text."""
    deeper = None if indent is None else f"{indent}  "
    if isinstance(value, dict) and value:
        inner = [
            f"{json.dumps(str(name), ensure_ascii=False)}: {exact_json(each, deeper)}" for name, each in value.items()
        ]
        return _enclosed("{", inner, "}", indent, deeper)
    if isinstance(value, list | tuple) and value:
        return _enclosed("[", [exact_json(each, deeper) for each in value], "]", indent, deeper)
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False, default=str)


def _enclosed(start: str, inner: list[str], end: str, indent: str | None, deeper: str | None) -> str:
    if indent is None:
        return f"{start}{', '.join(inner)}{end}"
    return f"{start}{deeper}{f',{deeper}'.join(inner)}{indent}{end}"
