"""Turns the tree of the JMESPath library into ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules_run.errors import ExpressionError

from .nodes import (
    And,
    Call,
    Compare,
    Current,
    Field,
    Flatten,
    Index,
    Literal,
    MakeList,
    MakeRecord,
    Node,
    Not,
    Operator,
    Or,
    Pipe,
    Project,
    Reference,
    Slice,
    Values,
)

Parsed = dict[str, Any]

_OPERATORS: dict[str, Operator] = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def tree_of(parsed: Parsed) -> Node:
    """Turn a parsed expression into a tree that starts from the current value."""
    return _convert(parsed, Current(parsed.get("column", 0)))


def _convert(parsed: Parsed, base: Node) -> Node:
    """Convert an expression whose current value is what `base` gives."""
    kind: str = parsed["type"]
    column: int = parsed.get("column", base.column)
    for child in parsed["children"]:
        if isinstance(child, dict):
            child.setdefault("column", column)
    if kind in ("identity", "current"):
        return base
    if kind in ("subexpression", "pipe", "index_expression"):
        for child in parsed["children"]:
            base = _convert(child, base)
        return base
    if kind in _STEPS:
        return _STEPS[kind](parsed, column, base)
    node = _FREE[kind](parsed, column)
    return node if isinstance(base, Current) else Pipe(column, base, node)


def _field(parsed: Parsed, column: int, base: Node) -> Node:
    return Field(column, base, parsed["value"])


def _index(parsed: Parsed, column: int, base: Node) -> Node:
    return Index(column, base, parsed["value"])


def _slice(parsed: Parsed, column: int, base: Node) -> Node:
    start, stop, step = parsed["children"]
    if step == 0:
        raise ExpressionError("E011", "The step of a slice cannot be 0.", column=column)
    return Slice(column, base, start, stop, step)


def _flatten(parsed: Parsed, column: int, base: Node) -> Node:
    return Flatten(column, _convert(parsed["children"][0], base))


def _projection(parsed: Parsed, column: int, base: Node) -> Node:
    of, each = parsed["children"]
    return Project(column, _convert(of, base), tree_of(each))


def _value_projection(parsed: Parsed, column: int, base: Node) -> Node:
    of, each = parsed["children"]
    return Project(column, Values(column, _convert(of, base)), tree_of(each))


def _filter(parsed: Parsed, column: int, base: Node) -> Node:
    of, each, only = parsed["children"]
    return Project(column, _convert(of, base), tree_of(each), tree_of(only))


def _literal(parsed: Parsed, column: int) -> Node:
    return Literal(column, parsed["value"])


def _list(parsed: Parsed, column: int) -> Node:
    return MakeList(column, tuple(map(tree_of, parsed["children"])))


def _record(parsed: Parsed, column: int) -> Node:
    pairs = parsed["children"]
    return MakeRecord(
        column, tuple(pair["value"] for pair in pairs), tuple(tree_of(pair["children"][0]) for pair in pairs)
    )


def _comparator(parsed: Parsed, column: int) -> Node:
    left, right = map(tree_of, parsed["children"])
    return Compare(column, _OPERATORS[parsed["value"]], left, right)


def _and(parsed: Parsed, column: int) -> Node:
    left, right = map(tree_of, parsed["children"])
    return And(column, left, right)


def _or(parsed: Parsed, column: int) -> Node:
    left, right = map(tree_of, parsed["children"])
    return Or(column, left, right)


def _not(parsed: Parsed, column: int) -> Node:
    return Not(column, tree_of(parsed["children"][0]))


def _call(parsed: Parsed, column: int) -> Node:
    return Call(column, parsed["value"], tuple(map(_argument, parsed["children"])))


def _argument(parsed: Parsed) -> Node:
    if parsed["type"] == "expref":
        return Reference(parsed["column"], tree_of(parsed["children"][0]))
    return tree_of(parsed)


def _stray_reference(parsed: Parsed, column: int) -> Node:
    raise ExpressionError("E001", "& stands only before an argument of a function.", column=column)


_STEPS: dict[str, Callable[[Parsed, int, Node], Node]] = {
    "field": _field,
    "index": _index,
    "slice": _slice,
    "flatten": _flatten,
    "projection": _projection,
    "value_projection": _value_projection,
    "filter_projection": _filter,
}
_FREE: dict[str, Callable[[Parsed, int], Node]] = {
    "literal": _literal,
    "multi_select_list": _list,
    "multi_select_dict": _record,
    "comparator": _comparator,
    "and_expression": _and,
    "or_expression": _or,
    "not_expression": _not,
    "function_expression": _call,
    "expref": _stray_reference,
}
