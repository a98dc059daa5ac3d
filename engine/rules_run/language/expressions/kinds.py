"""Which kinds of value a part of an expression can give, as far as its text tells."""

from __future__ import annotations

from .functions import FUNCTIONS
from .nodes import (
    And,
    Call,
    Choose,
    Compare,
    Literal,
    MakeList,
    MakeRecord,
    Node,
    Not,
    Or,
    Pipe,
    Project,
    Reference,
    Text,
)
from .values import kind_of

ALL = frozenset(("text", "number", "boolean", "list", "record", "null"))
_TRUTHS = frozenset(("boolean", "null"))

_FIXED: dict[type[Node], frozenset[str]] = {
    Not: frozenset(("boolean",)),
    Text: frozenset(("text",)),
    Reference: frozenset(("expression",)),
    MakeList: frozenset(("list", "null")),
    MakeRecord: frozenset(("record", "null")),
    Project: frozenset(("list", "null")),
}


def kinds_of(node: Node) -> frozenset[str]:
    """Return the kinds of value that a part can give; an unknown value is possible everywhere."""
    match node:
        case Literal():
            return frozenset((kind_of(node.value),))
        case Compare():
            return frozenset(("boolean",)) if node.operator in ("==", "!=") else _TRUTHS
        case Call():
            return _of_call(node)
        case And() | Or():
            return kinds_of(node.left) | kinds_of(node.right)
        case Choose():
            return kinds_of(node.then) | kinds_of(node.otherwise)
        case _:
            return _FIXED.get(type(node), ALL)


def is_truth(node: Node) -> bool:
    """Tell whether a part can only give true, false or null."""
    return kinds_of(node) <= _TRUTHS


def is_prose(node: Node) -> bool:
    """Tell whether a part gives a text that only people read, such as a date with the name of its month."""
    match node:
        case Call():
            return node.name in FUNCTIONS and FUNCTIONS[node.name].prose
        case Pipe():
            return is_prose(node.then)
        case Text():
            return any(is_prose(part) for part in node.parts)
    return False


def _of_call(node: Call) -> frozenset[str]:
    function = FUNCTIONS.get(node.name)
    return ALL if function is None or function.result == ("any",) else frozenset(function.result)
