"""Values: plain text is JMESPath, text with braces a template, everything else itself; or the long form."""

from __future__ import annotations

from typing import Any, cast

from rules_run.model.problem import Origin
from rules_run.model.values import (
    Branch,
    Choose,
    Const,
    Named,
    Select,
    TableMap,
    Template,
    Test,
    Type,
    TypeName,
    Value,
)

from ..yaml_nodes import MappingNode, Node, ScalarNode, plain
from .reading import Reading, child, entries, items, optional_text, text, whole_number

PRODUCERS = ("select", "template", "const", "choose")
_CONVERSIONS = ("text", "integer", "decimal", "money", "date", "datetime", "boolean")


def is_template(text: str) -> bool:
    """Say whether a text is a template: it holds {{ or {%."""
    return "{{" in text or "{%" in text


def read_value(reading: Reading, node: Node) -> Value:
    """Read a value in its short or long form."""
    if isinstance(node, MappingNode):
        return _long_value(reading, node)
    if isinstance(node, ScalarNode):
        if node.blank:
            hint = "Write `null` if nothing is meant."
            reading.wrong("R020", "A value is missing after the colon.", node.origin, hint)
        return Value(producer=_short(node), origin=node.origin)
    return Value(producer=Const(value=None, origin=node.origin), origin=node.origin)


def _short(node: ScalarNode) -> Const | Select | Template:
    if not isinstance(node.value, str):
        return Const(value=node.value, origin=node.origin)
    form = Template if is_template(node.value) else Select
    return form(text=node.value, origin=node.origin, spots=node.spots)


def _long_value(reading: Reading, node: MappingNode) -> Value:
    return Value(
        producer=_producer(reading, node),
        when=read_condition(child(node, "when")),
        map=_read_map(child(node, "map")),
        default=read_value(reading, default) if (default := node.get("default")) else None,
        type=_read_type(child(node, "type")),
        origin=node.origin,
    )


def _producer(reading: Reading, node: MappingNode) -> Const | Select | Template | Choose:
    found = [word for word in PRODUCERS if word in node]
    if len(found) != 1 and reading.sound(node):
        what = f"{' and '.join(f'`{word}`' for word in found)} stand together" if found else "it has none"
        message = f"A value in the long form has exactly one of select, template, const and choose; {what}."
        reading.wrong("R001", message, node.origin, "For a literal text write {const: ...}.")
    if not found:
        return Const(value=None, origin=node.origin)
    word, inner = found[0], node.entries[found[0]].node
    if word == "choose":
        return read_choose(reading, inner)
    if word == "const":
        return Const(value=plain(inner), origin=inner.origin)
    form = Select if word == "select" else Template
    return form(text=text(inner), origin=inner.origin, spots=getattr(inner, "spots", ()))


def read_choose(reading: Reading, node: Node) -> Choose:
    """Read a choice of values: every branch but the last has a condition."""
    branches = items(node)
    check_conditions(reading, branches)
    read = []
    for branch in branches:
        if "set" in (names := child_names(branch)) and reading.sound(branch):
            hint = "A choice of whole lines stands in a list: `Line: [{choose: [{when, set}, {set}]}]`."
            reading.wrong("R010", "`set` in a choice of values: a branch gives one value.", branch.origin, hint)
            continue
        if isinstance(branch, MappingNode) and (names & set(PRODUCERS) or reading.sound(branch)):
            value = _long_value(reading, branch)
            bare = Value(
                producer=value.producer, map=value.map, default=value.default, type=value.type, origin=value.origin
            )
            read.append(Branch(when=value.when, value=bare))
    return Choose(branches=tuple(read), origin=node.origin)


def check_conditions(reading: Reading, branches: tuple[Node, ...]) -> None:
    """Hold a choice to its form: `when` in every branch but the last."""
    for number, branch in enumerate(branches, 1):
        last, conditional = number == len(branches), "when" in child_names(branch)
        if not isinstance(branch, MappingNode) or not reading.sound(branch) or last != conditional:
            continue
        if last:
            message = "The last branch of a choice has no `when`: it is what holds otherwise."
            reading.wrong(
                "R002", message, branch.entries["when"].origin, "Add a last branch, {const: null} if nothing."
            )
        else:
            message = f"Branch {number} of the choice has no `when`: the branches after it could never be reached."
            reading.wrong("R002", message, branch.origin, "Only the last branch goes without.")


def child_names(node: Node) -> set[str]:
    """Return the words of a mapping."""
    return {entry.name for entry in entries(node)}


def read_condition(node: Node | None) -> Select | None:
    """Read what follows `when`, `active` and `that`: an expression, or true or false."""
    if not isinstance(node, ScalarNode):
        return None
    if isinstance(node.value, bool):
        return Select(text="`true`" if node.value else "`false`", origin=node.origin)
    return Select(text=node.value, origin=node.origin, spots=node.spots) if isinstance(node.value, str) else None


def read_text(node: Node | None, origin: Origin) -> Value:
    """Read a text for people: a template where it holds braces, else itself."""
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        form = _short(node) if is_template(node.value) else Const(value=node.value, origin=node.origin)
        return Value(producer=form, origin=node.origin)
    return Value(producer=Const(value=None, origin=origin), origin=origin)


def read_values(reading: Reading, node: Node | None) -> tuple[Value, ...]:
    """Read one value or a list of values."""
    if node is None:
        return ()
    return tuple(read_value(reading, each) for each in items(node)) or (
        (read_value(reading, node),) if isinstance(node, MappingNode | ScalarNode) else ()
    )


def read_named(reading: Reading, node: Node | None) -> tuple[Named, ...]:
    """Read named values (`let`, `keys`)."""
    return tuple(
        Named(name=entry.name, value=read_value(reading, entry.node), origin=entry.origin) for entry in entries(node)
    )


def read_where(reading: Reading, node: Node | None) -> tuple[Test, ...]:
    """Read conditions on fields: a value means equality, a mapping of operators one test each."""
    tests: list[Test] = []
    for entry in entries(node):
        if isinstance(entry.node, MappingNode) and not child_names(entry.node) & set(PRODUCERS):
            tests += (
                Test(field=entry.name, op=test.name, value=read_value(reading, test.node), origin=entry.origin)
                for test in entry.node
            )
        else:
            tests.append(Test(field=entry.name, op="eq", value=read_value(reading, entry.node), origin=entry.origin))
    return tuple(tests)


def _read_map(node: Node | None) -> TableMap | None:
    if isinstance(node, MappingNode):
        missing = text(node.get("missing"), "hold")
        return TableMap(
            table=text(node.get("table")),
            give=optional_text(node.get("give")),
            source=optional_text(node.get("from")),
            missing=cast(Any, missing if missing in ("hold", "fail", "null") else "hold"),
            origin=node.origin,
        )
    return TableMap(table=name, origin=node.origin) if node is not None and (name := text(node)) else None


def _read_type(node: Node | None) -> Type | None:
    if isinstance(node, MappingNode):
        name, options = next(((entry.name, entry.node) for entry in node), ("", None))
        overflow = "cut" if text(child(options, "overflow")) == "cut" else "error"
        longest, places = whole_number(child(options, "max")), whole_number(child(options, "places"))
        if name in _CONVERSIONS:
            return Type(name=cast(TypeName, name), max=longest, overflow=cast(Any, overflow), places=places)
        return None
    return Type(name=cast(TypeName, text(node))) if text(node) in _CONVERSIONS else None
