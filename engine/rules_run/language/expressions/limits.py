"""How large an expression or template may be, so that none can exhaust memory or time."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from rules_run.errors import ExpressionError

from .nodes import MakeList, MakeRecord, Node, Pipe, Project, Reference

LONGEST_SELECT = 2 * 1024
LONGEST_TEMPLATE = 8 * 1024
MOST_NODES = 200
MOST_TEMPLATE_NODES = 400
DEEPEST = 30
MOST_MULTIPLIERS = 3  # each can double its value; flattening alone only regroups
MOST_DIGITS = 30


def too_large(code: str, message: str, *, column: int = 0) -> NoReturn:
    """Refuse an expression for its size."""
    raise ExpressionError(code, message, column=column, hint="Name a part of it under `let`, and use the name.")


def exact_decimal(digits: str, code: str, column: int) -> Decimal:
    """Return the number that digits write, unless it is too long or too far from 1."""
    try:
        number = Decimal(digits)
        if len(digits) <= MOST_DIGITS + 5 and (not number or abs(number.adjusted()) <= MOST_DIGITS):
            return number
    except InvalidOperation:
        pass
    too_large(code, f"A number has more than {MOST_DIGITS} digits.", column=column)


def check_select(tree: Node) -> None:
    """Refuse a tree that is too deep, has too many parts, or multiplies its value too often."""
    _check_size(tree, "E004", "expression", MOST_NODES)
    if _multipliers(tree) > MOST_MULTIPLIERS:
        too_large(
            "E004",
            f"The expression has more than {MOST_MULTIPLIERS} multi-selects in one chain.",
            column=tree.column,
        )


def check_template(tree: Node) -> None:
    """Refuse a template that is too deep or has too many parts."""
    _check_size(tree, "T003", "template", MOST_TEMPLATE_NODES)


def _check_size(tree: Node, code: str, what: str, most: int) -> None:
    count = 0
    for depth, node in _walk(tree):
        count += 1
        if depth > DEEPEST:
            too_large(code, f"The {what} is nested deeper than {DEEPEST} levels.", column=node.column)
    if count > most:
        too_large(code, f"The {what} has more than {most} parts.")


def _walk(tree: Node) -> Iterator[tuple[int, Node]]:
    waiting = [(1, tree)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting.extend((depth + 1, child) for child in node.children())


def _multipliers(node: Node) -> int:
    """Count the parts that can repeat their value, one after the other on the longest chain."""
    below = [_multipliers(child) for child in node.children()]
    longest = max(below, default=0)
    if isinstance(node, Pipe | Project) or any(isinstance(child, Reference) for child in node.children()):
        return sum(below)
    return max(longest, 1) if isinstance(node, MakeList | MakeRecord) else longest
