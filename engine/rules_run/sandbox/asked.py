"""What a request asks for, read by the manifest that says how the engine writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from rules_run.connect.asking import QueryStyle
from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Condition, Operator

_ON_LISTS = ("in", "not_in")
_YES_NO = {"true": True, "false": False}


class Misunderstood(ValueError):
    """A request that the manifest does not describe."""


def conditions(style: QueryStyle, resource: Resource, asked: Mapping[str, Any]) -> list[tuple[Condition, ...]]:
    """Return the conditions that must all hold, each as the alternatives of which one must."""
    if style.style == "body":
        nodes = asked.get(style.filter, [])
        return [tuple(_alternatives(style, resource, node)) for node in nodes if node != style.everything]
    return [(_of_parameter(style, resource, name, text),) for name, text in asked.items()]


def _of_parameter(style: QueryStyle, resource: Resource, name: str, text: str) -> Condition:
    named = {
        word.format(field=field): field
        for words in style.operators.values()
        for word in words
        for field in resource.fields
    }
    if name not in named:
        raise Misunderstood(f"Unknown parameter {name}")
    field = named[name]
    ops = [op for op, words in style.operators.items() if name in {word.format(field=field) for word in words}]
    op = next((each for each in ops if each in _ON_LISTS), ops[0])
    members = text.split(",") if op in _ON_LISTS else [text]
    return _condition(resource, field, op, [_YES_NO.get(each, each) for each in members])


def _alternatives(style: QueryStyle, resource: Resource, node: Mapping[str, Any]) -> Iterator[Condition]:
    if style.any and node.get(style.any["operator"]) == style.any["word"]:
        for member in node[style.any["members"]]:
            yield from _alternatives(style, resource, member)
        return
    keys = style.condition
    word, field, value = node.get(keys["operator"]), str(node.get(keys["field"])), node.get(keys["value"])
    # A word that stands alone for an operator means that one: others may use it beside a second word.
    ops = sorted(
        (op for op, words in style.operators.items() if word in words), key=lambda op: len(style.operators[op])
    )
    if not ops or field not in resource.fields:
        raise Misunderstood(f"Unknown condition {word} on {field}")
    yield _condition(resource, field, ops[0], value if isinstance(value, list) else [value])


def _condition(resource: Resource, field: str, op: str, values: list[Any]) -> Condition:
    if not resource.fields[field].filterable:
        raise Misunderstood(f"{field} cannot be searched")
    if op in ("empty", "filled"):
        return Condition(field=field, op="empty", value=op == "empty")
    known: Operator = next(each for each in get_args(Operator) if each == op)
    return Condition(field=field, op=known, value=tuple(values) if op in _ON_LISTS else values[0])
