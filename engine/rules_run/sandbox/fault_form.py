"""The form in which a person orders a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_WHOLE = ("nth", "times", "status", "retry_after", "seed")
_NUMBERS = ("seconds", "chance")
_TEXTS = ("effect", "resource", "verb")


def fault_from_form(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON of a fault; what was left empty is left out. ValueError says what cannot be read."""
    filled = {name: text.strip() for name, text in form.items() if text.strip()}
    node: dict[str, Any] = {name: filled[name] for name in _TEXTS if name in filled}
    node.update({name: _number(name, filled[name], int) for name in _WHOLE if name in filled})
    node.update({name: _number(name, filled[name], float) for name in _NUMBERS if name in filled})
    if "always" in filled:
        node["times"] = None
    return {**node, **_further(filled.get("further", "{}"))}


def _number(name: str, text: str, kind: type[int] | type[float]) -> int | float:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"`{name}` is a number, not {text!r}.") from None


def _further(text: str) -> dict[str, Any]:
    try:
        node = json.loads(text)
    except ValueError as fault:
        raise ValueError(f"The further words are not JSON: {fault}.") from None
    if isinstance(node, dict):
        return node
    raise ValueError("The further words are a JSON object.")
