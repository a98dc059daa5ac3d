"""Whether a value may stand for a setting."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from rules_run.model.rules import Setting

_KINDS = {
    "text": "a text",
    "integer": "a whole number",
    "decimal": "a number",
    "boolean": "true or false",
    "date": "a date like 2026-01-31",
    "list": "a list",
}


def setting_fault(setting: Setting, value: object) -> str | None:
    """Say what is wrong with a value ("must be ..."), or None."""
    if not _is_kind(setting.type, value):
        return f"must be {_KINDS.get(setting.type, 'of its type')}, not {_shown(value)}"
    for each in value if isinstance(value, list) else [value]:
        if setting.enum and not any(each == allowed and _same_kind(each, allowed) for allowed in setting.enum):
            return f"must be one of {', '.join(map(str, setting.enum))}, not {_shown(each)}"
    if isinstance(setting.minimum, int | Decimal) and isinstance(value, int | Decimal) and value < setting.minimum:
        return f"must be at least {setting.minimum}, not {_shown(value)}"
    if setting.pattern is not None and isinstance(value, str) and not _matches(setting.pattern, value):
        return f"must match {setting.pattern}, and {_shown(value)} does not"
    return None


def _is_kind(kind: str, value: object) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "decimal":
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    if kind == "date":
        return isinstance(value, str) and _is_date(value)
    return isinstance(value, {"text": str, "boolean": bool, "list": list}.get(kind, object))


def _same_kind(left: object, right: object) -> bool:
    return isinstance(left, bool) == isinstance(right, bool)


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_pattern(pattern: str) -> bool:
    """Say whether a text is a regular expression."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _matches(pattern: str, value: str) -> bool:
    return is_pattern(pattern) and re.search(pattern, value) is not None


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value[:60]}"'
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else f"{value}"
