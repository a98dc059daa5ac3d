"""The parts that rules and lines share: look-ups, checks, target fields with their lines."""

from __future__ import annotations

from typing import Any, cast

from rules_run.model.values import Check, Each, FieldLine, Fields, Item, ItemChoice, Lines, Lookup, Value

from ..suggest import did_you_mean
from ..yaml_nodes import Entry, ListNode, MappingNode, Node
from .reading import Reading, child, entries, flag, items, optional_text, place, text
from .values import (
    check_conditions,
    child_names,
    read_condition,
    read_named,
    read_text,
    read_value,
    read_values,
    read_where,
)

_FOREIGN = {"read": ("key", "open", "failed"), "ref": ("where", "many")}


def read_lookups(reading: Reading, node: Node | None) -> tuple[Lookup, ...]:
    """Read the look-ups under `with`."""
    return tuple(_lookup(reading, entry) for entry in entries(node) if isinstance(entry.node, MappingNode))


def _lookup(reading: Reading, entry: Entry) -> Lookup:
    node = entry.node
    assert isinstance(node, MappingNode)
    if reading.sound(node):
        _check_lookup(reading, entry, node)
    key = node.get("key")
    parts = read_values(reading, key)
    return Lookup(
        name=entry.name,
        resource=reading.named_resource(node.get("read")) or None,
        where=read_where(reading, node.get("where")),
        many=flag(node.get("many")),
        optional=flag(node.get("optional")),
        open=flag(node.get("open")),
        failed="fail" if text(node.get("failed")) == "fail" else "hold",
        ref=optional_text(node.get("ref")),
        key=parts if isinstance(key, ListNode) else parts[0] if parts else None,
        origin=entry.origin,
        at=place(node.get("read") or node.get("ref"), entry.origin),
    )


def _check_lookup(reading: Reading, entry: Entry, node: MappingNode) -> None:
    kinds = [word for word in ("read", "ref") if word in node]
    if len(kinds) != 1:
        what = "has both `read` and `ref`" if kinds else "has neither `read` nor `ref`"
        hint = "`read` asks a system, `ref` another rule of this file."
        reading.wrong("R006", f"The look-up `{entry.name}` {what}.", entry.origin, hint)
        return
    for word in _FOREIGN[kinds[0]]:
        if word in node:
            other = "ref" if kinds[0] == "read" else "read"
            message = f"`{word}` has no meaning in a look-up with `{kinds[0]}`."
            reading.wrong("R012", message, node.entries[word].origin, f"It belongs to a look-up with `{other}`.")
    if kinds == ["ref"] and "key" not in node:
        hint = "Say which document is meant: `key: ...`."
        reading.wrong("R011", f"The look-up `{entry.name}` has a `ref` but no `key`.", entry.origin, hint)
    if kinds == ["read"] and "where" not in node and not flag(node.get("many")):
        hint = "Say which record is meant under `where`, or `many: true` for all of them."
        reading.wrong("R017", f"The look-up `{entry.name}` has no `where`.", entry.origin, hint)


def read_checks(reading: Reading, node: Node | None) -> tuple[Check, ...]:
    """Read the judgements under `check`."""
    checks = []
    for item in items(node):
        that = read_condition(child(item, "that"))
        level = text(child(item, "level"), "error")
        if that is not None:
            checks.append(
                Check(
                    that=that,
                    message=read_text(child(item, "message"), item.origin),
                    level=cast(Any, level if level in ("hold", "warning") else "error"),
                    after=flag(child(item, "after")),
                    origin=item.origin,
                )
            )
    return tuple(checks)


def read_fields(reading: Reading, node: Node | None) -> Fields:
    """Read target fields: dotted paths to values or lines."""
    return tuple(
        FieldLine(path=entry.name, value=_value_or_lines(reading, entry.node), origin=entry.origin)
        for entry in entries(node)
    )


def _value_or_lines(reading: Reading, node: Node) -> Value | Lines:
    if not isinstance(node, ListNode):
        if "lines" in child_names(node):
            return _named_lines(reading, node)
        return read_value(reading, node)
    return read_lines(reading, node)


def read_lines(reading: Reading, node: ListNode, name: str = "") -> Lines:
    """Read a list of lines; `name` is that of a shared one."""
    blocks = (_block(reading, item) for item in node.items if isinstance(item, MappingNode))
    return Lines(blocks=tuple(block for block in blocks if block is not None), name=name, origin=node.origin)


def _named_lines(reading: Reading, node: Node) -> Lines:
    at = child(node, "lines")
    name = text(at)
    reading.used_lines.add(name)
    if reading.lines is None:
        message = "A named list of lines cannot use another one."
        reading.wrong("R026", message, place(at, node.origin), "Write its lines out, or use both under `set`.")
    elif name in reading.lines:
        return reading.lines[name]
    elif name and at is not None and reading.sound(at) and "lines" not in reading.unsure_sections:
        hint = did_you_mean(name, reading.lines, "Lists under `lines`") or "Write it under `lines` of this file."
        reading.wrong("R026", f"There are no lines `{name}` in this file.", at.origin, hint)
    return Lines(blocks=(), origin=node.origin)


def _block(reading: Reading, node: MappingNode) -> Item | ItemChoice | Each | None:
    bodies = [word for word in ("set", "choose") if word in node]
    if len(bodies) != 1:
        if reading.sound(node):
            what = "has both" if bodies else "has neither"
            hint = "A line is {set: {...}}, a block of lines {each: ..., as: ..., set: {...}}."
            reading.wrong("R009", f"A line has `set` or `choose`; this one {what}.", node.origin, hint)
        return None
    if "each" in node:
        return _each(reading, node)
    if "choose" in node and "when" in node:
        message = "A choice of lines has its conditions in its branches."
        reading.wrong("R013", message, node.entries["when"].origin, "Move the `when` into the branches.")
    return _body(reading, node, when="set" in node)


def _each(reading: Reading, node: MappingNode) -> Each:
    return Each(
        items=read_value(reading, node.entries["each"].node),
        name=text(node.get("as")),
        body=_body(reading, node, when=False),
        with_=read_lookups(reading, node.get("with")),
        let=read_named(reading, node.get("let")),
        check=read_checks(reading, node.get("check")),
        when=read_condition(node.get("when")),
        origin=node.origin,
    )


def _body(reading: Reading, node: MappingNode, *, when: bool) -> Item | ItemChoice:
    if "choose" not in node:
        return _item(reading, node, when=when)
    branches = items(node.get("choose"))
    check_conditions(reading, branches)
    lines = (_item(reading, branch, when=True) for branch in branches if isinstance(branch, MappingNode))
    return ItemChoice(branches=tuple(lines), origin=node.entries["choose"].node.origin)


def _item(reading: Reading, node: MappingNode, *, when: bool) -> Item:
    condition = read_condition(node.get("when")) if when else None
    return Item(fields=read_fields(reading, node.get("set")), when=condition, origin=node.origin)


def shaky(reading: Reading, node: Node | None) -> bool:
    """Say whether some block of lines below has names that could not be read."""
    if isinstance(node, ListNode):
        return any(shaky(reading, item) for item in node.items)
    if isinstance(node, MappingNode):
        if "each" in child_names(node) and not (
            reading.sound(node) and reading.whole(node.get("as"), node.get("with"), node.get("let"))
        ):
            return True
        return any(shaky(reading, entry.node) for entry in node)
    return False
