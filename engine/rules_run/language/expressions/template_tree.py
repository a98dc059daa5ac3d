"""Turns the tree of the Jinja library into ours; what is not on this page is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NoReturn

from jinja2 import nodes as jinja

from rules_run.errors import ExpressionError

from .nodes import And, Call, Choose, Compare, Current, Field, Index, Literal, Node, Not, Operator, Or, Text

_OPERATORS: dict[str, Operator] = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_WORDS = {
    "For": ("a loop", "Write each document's text for itself, or join a list with join_text."),
    "Call": ("a call", "Write a function as a filter: {{ value | upper }}."),
    "Assign": ("{% set %}", "Name the value under `let`."),
    "AssignBlock": ("{% set %}", "Name the value under `let`."),
    "Macro": ("a macro", "Name the text under `let`."),
    "CallBlock": ("{% call %}", ""),
    "FilterBlock": ("{% filter %}", "Write the filter behind the value: {{ value | upper }}."),
    "Include": ("{% include %}", ""),
    "Import": ("{% import %}", ""),
    "FromImport": ("{% from %}", ""),
    "Extends": ("{% extends %}", ""),
    "Block": ("{% block %}", ""),
    "With": ("{% with %}", "Name the value under `let`."),
    "Slice": ("a slice", "Cut the list or text under `let`."),
    "List": ("a list", "Make the list under `let`."),
    "Tuple": ("a list", "Make the list under `let`."),
    "Dict": ("a record", "Make the record under `let`."),
}
_ARITHMETIC = "A template never computes: name the result under `let`, with add, subtract, multiply or divide."


def text_of(template: jinja.Template) -> Node:
    """Turn a parsed template into a tree that gives a text."""
    return _text(template.body, 0)


def _text(body: Iterable[jinja.Node], column: int) -> Text:
    parts: list[Node] = []
    for statement in body:
        if isinstance(statement, jinja.Output):
            parts.extend(_value(part) for part in statement.nodes)
        elif isinstance(statement, jinja.If):
            parts.append(_branches(statement))
        else:
            _refuse(statement)
    return Text(column, tuple(parts))


def _branches(statement: jinja.If) -> Node:
    otherwise: Node = _text(statement.else_, statement.lineno)
    for branch in (*reversed(statement.elif_), statement):
        otherwise = Choose(branch.lineno, _value(branch.test), _text(branch.body, branch.lineno), otherwise)
    return otherwise


def _value(node: jinja.Node) -> Node:
    convert = _VALUES.get(type(node))
    if convert is None:
        _refuse(node)
    return convert(node)


def _refuse(node: jinja.Node) -> NoReturn:
    name = type(node).__name__
    what, hint = _WORDS.get(name, (name, ""))
    if isinstance(node, jinja.BinExpr | jinja.UnaryExpr):
        what, hint = f"the operator {node.operator}", _ARITHMETIC
    raise ExpressionError("T002", f"A template cannot hold {what}.", column=node.lineno, hint=hint)


def _data(node: jinja.TemplateData) -> Node:
    return Literal(node.lineno, node.data)


def _constant(node: jinja.Const) -> Node:
    return Literal(node.lineno, node.value)


def _name(node: jinja.Name) -> Node:
    return Field(node.lineno, Current(node.lineno), node.name)


def _attribute(node: jinja.Getattr) -> Node:
    return Field(node.lineno + 1, _value(node.node), node.attr)


def _item(node: jinja.Getitem) -> Node:
    key = node.arg.value if isinstance(node.arg, jinja.Const) else None
    if isinstance(key, str):
        return Field(node.lineno, _value(node.node), key)
    if type(key) is int:
        return Index(node.lineno, _value(node.node), key)
    raise ExpressionError("T002", "In a template, [...] holds a field name in quotes or a number.", column=node.lineno)


def _filter(node: jinja.Filter) -> Node:
    if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise ExpressionError("T002", f"The filter {node.name} takes plain arguments only.", column=node.lineno)
    return Call(node.lineno, node.name, (_value(node.node), *map(_value, node.args)))


def _condition(node: jinja.CondExpr) -> Node:
    if node.expr2 is None:
        hint = "Write {{ a if condition else b }}."
        raise ExpressionError("T002", "The condition has no else.", column=node.lineno, hint=hint)
    return Choose(node.lineno, _value(node.test), _value(node.expr1), _value(node.expr2))


def _compare(node: jinja.Compare) -> Node:
    if len(node.ops) > 1:
        raise ExpressionError("T002", "Compare two values at a time.", column=node.lineno, hint="Join them with `and`.")
    operator = _OPERATORS.get(node.ops[0].op)
    if operator is None:
        hint = "Write {{ 'yes' if list | contains(value) else 'no' }}."
        raise ExpressionError("T002", "A template cannot hold `in`.", column=node.lineno, hint=hint)
    return Compare(node.lineno, operator, _value(node.expr), _value(node.ops[0].expr))


def _test(node: jinja.Test) -> Node:
    if node.name not in ("defined", "none") or node.args:
        hint = "Compare the value: ==, !=, <, or write `is defined`, `is none`."
        raise ExpressionError("T002", f"A template cannot hold `is {node.name}`.", column=node.lineno, hint=hint)
    operator: Operator = "==" if node.name == "none" else "!="
    return Compare(node.lineno, operator, _value(node.node), Literal(node.lineno, None))


def _and(node: jinja.And) -> Node:
    return And(node.lineno, _value(node.left), _value(node.right))


def _or(node: jinja.Or) -> Node:
    return Or(node.lineno, _value(node.left), _value(node.right))


def _not(node: jinja.Not) -> Node:
    return Not(node.lineno, _value(node.node))


def _negative(node: jinja.Neg) -> Node:
    if isinstance(node.node, jinja.Const) and type(node.node.value) in (int, Decimal):
        return Literal(node.lineno, -node.node.value)
    _refuse(node)


def _concat(node: jinja.Concat) -> Node:
    return Text(node.lineno, tuple(map(_value, node.nodes)))


_VALUES: dict[type[jinja.Node], Callable[[Any], Node]] = {
    jinja.TemplateData: _data,
    jinja.Const: _constant,
    jinja.Name: _name,
    jinja.Getattr: _attribute,
    jinja.Getitem: _item,
    jinja.Filter: _filter,
    jinja.CondExpr: _condition,
    jinja.Compare: _compare,
    jinja.Test: _test,
    jinja.And: _and,
    jinja.Or: _or,
    jinja.Not: _not,
    jinja.Neg: _negative,
    jinja.Concat: _concat,
}
