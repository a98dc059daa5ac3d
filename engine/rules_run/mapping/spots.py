"""All that can happen in a rule file: a line gives a value, a condition goes either way, a row of a table is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Literal

from rules_run.mapping import needs
from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin
from rules_run.model.rules import Integration, Table
from rules_run.model.values import Branch, Choose, FieldLine, Item, ItemChoice, Select, TableMap

Mark = tuple[Origin, bool | None] | tuple[str, str, str]
"""What generated code notes: the way that a condition went, a line that gave a value (None), or what a table was
asked: its file, column and value."""

WAYS: Mapping[str, tuple[str, str]] = {
    "active": ("has `active` on", "has `active` off"),
    "when": ("meets this `when`", "fails this `when`"),
    "that": ("meets this check", "fails this check"),
    "again": ("meets this `again`", "fails this `again`"),
    "successor": ("meets this `successor`", "fails this `successor`"),
}
"""The words that conditions follow, and what a case does that makes each true or false."""


@frozen
class Spot:
    """One thing that can happen, in words that follow `No case`; it has happened when one of its marks was seen."""

    kind: Literal["field", "branch", "row"]
    part: str
    text: str
    origin: Origin
    marks: frozenset[Mark]


def spots(integration: Integration, tables: Mapping[str, Table]) -> Iterator[Spot]:
    """Yield all spots of an integration and of its own tables: by precondition, rule and table, in their order."""
    for precondition in integration.preconditions:
        yield from _below(precondition, precondition.name)
    for rule in integration.rules:
        yield from _below(rule, rule.name)
    for name, table in tables.items():
        columns = {use.source or table.spec.key for use in _maps(integration) if use.table == name}
        yield from _rows(table, columns) if columns else ()


def _below(part: object, name: str) -> Iterator[Spot]:
    if isinstance(part, tuple):
        for each in part:
            yield from _below(each, name)
    elif isinstance(part, Choose | ItemChoice):
        yield from _branches(part.branches, name)
    elif is_dataclass(part):
        if isinstance(part, FieldLine):
            yield _spot("field", name, f"gives `{part.path}` a value", part.origin, (part.origin, None))
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, Select) and field.name in WAYS:
                yield from _ways(value, name, WAYS[field.name])
            else:
                yield from _below(value, name)


def _ways(select: Select, name: str, told: tuple[str, str]) -> Iterator[Spot]:
    """Yield both ways of a condition; one that reads nothing has only one, and is no choice."""
    if needs.of_select(select):
        for way, text in zip((True, False), told, strict=True):
            yield _spot("branch", name, f"{text}: {select.text}", select.origin, (select.origin, way))


def _branches(branches: Sequence[Branch | Item], name: str) -> Iterator[Spot]:
    """Yield the branches of a choice; the last is taken where the condition before it does not hold."""
    before: Select | None = None
    for number, branch in enumerate(branches, start=1):
        inner = branch.value if isinstance(branch, Branch) else branch
        if (asked := branch.when or before) is not None:
            mark = (asked.origin, branch.when is not None)
            yield _spot("branch", name, f"takes branch {number} of this choice", inner.origin, mark)
        yield from _below(inner.fields if isinstance(inner, Item) else inner, name)
        before = branch.when


def _maps(part: object) -> Iterator[TableMap]:
    if isinstance(part, TableMap):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _maps(each)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _maps(getattr(part, field.name))


def _rows(table: Table, columns: Iterable[str]) -> Iterator[Spot]:
    """Yield the rows of a table that can be asked for by some columns; a row that `only` leaves out has but a key."""
    for key, line in table.lines.items():
        row = table.rows.get(key, {table.spec.key: key})
        marks = frozenset((table.file, column, row[column]) for column in columns if column in row)
        origin = Origin(file=table.file, line=line, column=1)
        yield Spot(kind="row", part=f"table {table.spec.name}", text=f"uses the row {key}", origin=origin, marks=marks)


def _spot(kind: Literal["field", "branch"], part: str, text: str, origin: Origin, mark: Mark) -> Spot:
    return Spot(kind=kind, part=part, text=text, origin=origin, marks=frozenset({mark}))
