"""Rows become documents: each row its own, or the rows of a group together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.point import Point, Scope
from rules_run.model.exchange import Record

KEY_SEPARATOR = "/"
Alike = tuple[str | None, ...]
"""What the rows of one group have in common, as text."""


def scopes(rule: CompiledRule, rows: Iterable[Record], outer: Scope) -> Iterator[Scope]:
    """Yield the scope of each document that the rows make, in the order in which they first appear."""
    origin = rule.rule.from_
    if origin is None:
        return
    if rule.rule.group_by is None:
        for row in rows:
            yield {**outer, origin.name: row}
        return
    groups: dict[Alike, list[Record]] = {}
    for row in rows:
        groups.setdefault(alike(rule, row, outer), []).append(row)
    for members in groups.values():
        yield group_scope(rule, members, outer)


def alike(rule: CompiledRule, row: Record, outer: Scope) -> Alike:
    """Return what a row has in common with the others of its group."""
    keys = _keys(rule, row, outer)
    return tuple(None if key is None else _text(key) for key in keys.values())


def group_scope(rule: CompiledRule, members: list[Record], outer: Scope) -> Scope:
    """Return the scope of the document that the rows of one group make."""
    origin, group = rule.rule.from_, rule.rule.group_by
    assert origin is not None
    assert group is not None
    items = _sorted(members, rule.group_sort, origin.name, outer)
    return {**outer, group.name: {**_keys(rule, members[0], outer), "items": items}}


def key_text(values: Iterable[object]) -> str | None:
    """Return the key of a document as text, or None where a part of it is empty."""
    parts = list(values)
    if any(part is None or part == "" for part in parts):
        return None
    return KEY_SEPARATOR.join(_text(part).replace("%", "%25").replace(KEY_SEPARATOR, "%2F") for part in parts)


def _keys(rule: CompiledRule, row: Record, outer: Scope) -> Scope:
    scope = {**outer, rule.rule.from_.name if rule.rule.from_ else "": row}
    return {each.name: each.value(scope) for each in rule.group_keys}


def _text(value: object) -> str:
    """Return a part of a key as text: equal numbers alike, however many zeros they came with."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _sorted(rows: list[Record], sort: tuple[Point, ...], name: str, outer: Scope) -> list[Record]:
    def rank(row: Record) -> list[tuple[bool, object]]:
        values = [point({**outer, name: row}) for point in sort]
        return [(value is None, 0 if value is None else value) for value in values]

    return sorted(rows, key=rank) if sort else rows
